import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostedEvent } from '../../src/event/event.ts';
import { decodeTraces, otlpTraces } from '../../src/sources/otlp/index.ts';
import { type SandboxHandle, startSandbox } from '../sandbox/start.ts';
import { signed } from '../testing/sign.ts';
import { type Posted, startStubDoor } from '../testing/stub-door.ts';
import { CLIENTS, FLEET } from './fleet.ts';
import { playScenario, type ScenarioOptions } from './play.ts';
import { ATTACKS } from './role.ts';

const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()));
});

type Handle = (event: PostedEvent, sandbox: SandboxHandle) => void;

/** Plays once, quickly, before a door that keeps what it is told. */
async function play(options: Partial<ScenarioOptions> = {}, onEvent: Handle = () => {}) {
  const events: PostedEvent[] = [];
  const posted: Posted[] = [];
  const sandbox = await startSandbox(CLIENTS);
  open.push(sandbox);
  const door = await startStubDoor((request) => {
    posted.push(request);
    for (const event of eventsOf(request)) {
      events.push(event);
      onEvent(event, sandbox);
    }
  });
  open.push(door);
  const result = await playScenario({ ingestUrl: door.url, sandbox, seed: 7, pace: 0.02, ...options });
  return { result, events, posted, sandbox };
}

function eventsOf({ path, body }: Posted): PostedEvent[] {
  if (path === '/v1/events') return body as PostedEvent[];
  return otlpTraces(decodeTraces(Buffer.from(JSON.stringify(body)), 'json')).map((mapped) => {
    if (!mapped.ok) throw new Error(`${mapped.field}: ${mapped.expected}, got ${mapped.got}`);
    return mapped.event;
  });
}

const told = (event: PostedEvent) => {
  const lifecycle = event.kind === 'lifecycle' ? event.lifecycle : undefined;
  return [event.kind, lifecycle, event.tool_name, event.target, event.outcome].filter(Boolean).join(' ');
};
const byAgent = (events: readonly PostedEvent[], agent: string) =>
  events.filter(
    (event) => event.agent_id === agent && event.kind !== 'token_use' && !event.session?.endsWith('made-up'),
  );

let unhindered: Awaited<ReturnType<typeof play>>;
beforeAll(async () => {
  unhindered = await play();
});

/** The moment at which a perfect detector would act. */
function crossing(event: PostedEvent): boolean {
  if (event.kind === 'token_use') return event.source_ip === '203.0.113.77' && event.outcome === 'ok';
  if (event.outcome === 'denied' && event.error_status === 401) return false;
  const { agent_id, tool_name } = event;
  return (
    (agent_id === 'vendor-summariser' && tool_name === 'mail_send_message') ||
    (agent_id === 'account-sync' && tool_name === 'crm_sync_account') ||
    (agent_id === 'seat-counter' && tool_name === 'hosts_open_shell')
  );
}

function revoke(event: PostedEvent, sandbox: SandboxHandle): Promise<Response> {
  const handles = event.credential_handles!;
  const body = JSON.stringify({ type: 'credential.revoke', data: { action: 'revoke', credential_handles: handles } });
  const headers = signed(sandbox.webhookSecret, `order-${handles.token_id}`, body, Math.floor(Date.now() / 1000));
  return fetch(sandbox.revocationsUrl, { method: 'POST', headers, body });
}

describe('the scenario', () => {
  it('tells the door only valid events, each once, also as OpenTelemetry spans', () => {
    const { result, events, posted } = unhindered;
    for (const event of events) expect(PostedEvent.safeParse(event).error?.issues, told(event)).toBeUndefined();
    expect([result.rejected, result.lost]).toEqual([0, 0]);
    expect(result.events).toBe(events.length);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
    expect(new Set(posted.map(({ path }) => path))).toEqual(new Set(['/v1/events', '/v1/traces']));
    expect(new Set(byAgent(events, 'contract-reader').map(({ kind }) => kind))).toEqual(
      new Set(['lifecycle', 'tool_call', 'model_usage']),
    );
    expect(byAgent(events, 'contract-reader').find(({ kind }) => kind === 'tool_call')).toMatchObject({
      tool_name: 'files_read',
      target: 'files/F-2077',
      credential_handles: { client_id: 'contract-reader' },
      outcome: 'ok',
    });
  });

  it('lets every attacker give up by itself where nobody stops it', () => {
    const { result } = unhindered;
    expect(result.attacks.map(({ detector, stopped }) => [detector, stopped])).toEqual(
      ATTACKS.map((id) => [id, false]),
    );
    expect(new Set(result.attacks.map(({ token_id }) => token_id)).size).toBe(4);
    expect(result.honest).toHaveLength(FLEET.length - 5);
    expect(result.drills).toMatchObject([{ agent_id: 'drill-failover', refused_calls: 0, resumed: true }]);
    expect(result.forgeries).toMatchObject([{ agent_id: 'payables-clerk' }]);
    expect(result.honest.filter(({ refused_calls }) => refused_calls > 0)).toEqual([]);
  });

  it('plays the same steps for the same seed, agent by agent', async () => {
    const first = unhindered;
    const second = await play();
    for (const { id } of FLEET)
      expect([id, byAgent(first.events, id).map(told)]).toEqual([id, byAgent(second.events, id).map(told)]);
    const ids = new Set(first.events.map(({ event_id }) => event_id));
    expect(second.events.filter(({ event_id }) => ids.has(event_id))).toEqual([]);
  });

  it('shows the refusal of every attacker whose token was revoked, and lets the honest ones finish', async () => {
    const answers: Promise<Response>[] = [];
    const { result, events } = await play({}, (event, sandbox) => {
      if (crossing(event)) answers.push(revoke(event, sandbox));
    });
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(result.attacks.filter(({ stopped }) => !stopped)).toEqual([]);
    expect(result.honest.filter(({ refused_calls }) => refused_calls > 0)).toEqual([]);
    for (const { agent_id, token_id, detector } of result.attacks) {
      const token = events.find(({ credential_handles }) => credential_handles?.token_id === token_id)!.token;
      const denied = events.filter((event) => event.token === token && event.error_status === 401);
      expect([detector, denied.some(({ kind }) => kind === 'token_use')]).toEqual([detector, true]);
      const ok = events.filter(
        (event) => event.token === token && event.outcome === 'ok' && event.kind === 'token_use',
      );
      const last = Math.max(...ok.map(({ time }) => Date.parse(time!)));
      const refused = Math.min(...denied.map(({ time }) => Date.parse(time!)));
      expect([agent_id, refused >= last]).toEqual([agent_id, true]);
    }
    // The owner of the copied token gets a new one, with which it finishes its task.
    const owner = byAgent(events, 'renewal-planner').map(told);
    expect(owner.slice(-2)).toEqual(['lifecycle task_ended', 'lifecycle session_ended']);
    expect(owner).toContain('lifecycle credential_rotated');
    expect(owner.filter((line) => line.startsWith('tool_call') && line.endsWith('denied'))).toHaveLength(1);
  });

  it('hands over every raw token and secret that the door was shown', () => {
    const { result, events } = unhindered;
    const known = new Set(result.secrets);
    expect(events.filter(({ token }) => token !== undefined && !known.has(token))).toEqual([]);
    const text = JSON.stringify(events);
    const vault = result.secrets.filter(
      (secret) => text.includes(secret) && !events.some(({ token }) => token === secret),
    );
    expect(vault.length).toBeGreaterThanOrEqual(3);
    expect(result.secrets.every((secret) => secret.length >= 20)).toBe(true);
  });

  it('stops at once when it is told to', async () => {
    const stop = new AbortController();
    await expect(play({ pace: 1, signal: stop.signal, onStep: () => stop.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
