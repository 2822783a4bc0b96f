import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Installed, install } from './installed.ts';

let tripline: Installed;
const file = (name: string) => join(tripline.cwd, name);
const POLICY = `
version: 1
defaults: { mode: enforce, receivers: [idp] }
rules:
  - { name: replay, match: { detector: token-replay, confidence_min: 0.9 }, target: credential }
  - { name: storm, match: { detector: retry-storm, severity_min: high }, mode: approve, ladder: [notify, suspend] }
`;

beforeAll(async () => {
  tripline = await install();
  await writeFile(file('policy.yaml'), POLICY);
});
afterAll(() => tripline.remove());

describe('policy', () => {
  it('check shows what the rules do', async () => {
    const { code, stdout } = await tripline.run(['policy', 'check', '--policy', file('policy.yaml')]);
    expect(code).toBe(0);
    expect(stdout).toContain('  replay: enforce revoke credential at idp\n');
    expect(stdout).toContain('  storm: approve notify then suspend the narrowest target at idp\n');
  });

  it('check names what is wrong', async () => {
    await writeFile(file('wrong.yaml'), 'version: 1\nrules: [{ name: a, mode: enforced }]\n');
    const { code, stderr } = await tripline.run(['policy', 'check', '--policy', file('wrong.yaml')]);
    expect(code).toBe(2);
    expect(stderr).toContain('rules.0.mode: "enforced" cannot stand here');
  });

  it('test holds it to cases, and says which it does not keep and how', async () => {
    await writeFile(
      file('policy.test.yaml'),
      `
cases:
  - name: a sure replay is revoked
    alert: { detector: token-replay, credential: 'jwt:1', agent_id: a }
    expect: { rule: replay, mode: enforce, action: revoke, target: 'jwt:1' }
  - name: an unsure one is not
    alert: { detector: token-replay, confidence: 0.5, credential: 'jwt:1' }
    expect: none
  - name: a storm is revoked
    alert: { detector: retry-storm, session: s }
    expect: { mode: enforce, action: notify }
`,
    );
    const args = ['policy', 'test', file('policy.test.yaml'), '--policy', file('policy.yaml')];
    const { code, stdout } = await tripline.run(args);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout:
        'ok   a sure replay is revoked\nok   an unsure one is not\nBAD  a storm is revoked: mode: expected enforce, got approve\n',
    });
  });

  it('explain says which rule decides about an alert, and why the others do not', async () => {
    const running = await tripline.start([]);
    try {
      const events = [0, 1, 2, 3].map((i) => ({
        event_id: `e${i}`,
        time: new Date(Date.now() - 1000 + i * 100).toISOString(),
        kind: 'tool_call',
        agent_id: 'a',
        session: 's',
        credential: 'test:1',
        tool_name: 'query',
        args: {},
        outcome: 'error',
        error_type: 'timeout',
      }));
      const headers = { 'content-type': 'application/json' };
      await fetch(`${running.ingest}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
      const alert_id = await vi.waitFor(
        async () => {
          const { items } = (await (await fetch(`${running.api}/api/alerts`)).json()) as {
            items: { alert_id: string }[];
          };
          expect(items).toHaveLength(1);
          return items[0]!.alert_id;
        },
        { timeout: 30_000, interval: 100 },
      );
      const args = ['policy', 'explain', alert_id, '--policy', file('policy.yaml'), '--api', running.api];
      const { code, stdout } = await tripline.run(args);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: [
          '   replay: detector is retry-storm',
          '   storm: severity is medium, and severity_min high',
          'No order: no rule fits the alert\n',
        ].join('\n'),
      });
    } finally {
      await running.stop();
    }
  });
});
