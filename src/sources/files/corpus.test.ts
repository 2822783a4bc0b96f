import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PostedEvent } from '../../event/event.ts';
import type { Mapped } from '../mapped.ts';
import { readEvents } from './index.ts';

/** The public collections, where a checkout lies beside them. Counts below were taken with jq and Python. */
const CORPUS = fileURLToPath(new URL('../../../../shared/corpus', import.meta.url));
if (!existsSync(CORPUS)) console.log('No corpus beside this checkout: its tests are skipped.');

async function read(name: string): Promise<{ events: PostedEvent[]; refused: Mapped[] }> {
  const events: PostedEvent[] = [];
  const refused: Mapped[] = [];
  for await (const mapped of readEvents(join(CORPUS, name))) {
    if (mapped.ok) events.push(mapped.event);
    else refused.push(mapped);
  }
  return { events, refused };
}

function count<T>(items: readonly T[], key: (item: T) => unknown): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(String(key(item)), (counts.get(String(key(item))) ?? 0) + 1);
  return Object.fromEntries(counts);
}

const distinct = <T>(items: readonly T[], key: (item: T) => unknown) => new Set(items.map(key)).size;
const invalid = (events: readonly PostedEvent[]) => events.filter((event) => !PostedEvent.safeParse(event).success);
const inOrder = (events: readonly PostedEvent[]) =>
  events.every((event, at) => at === 0 || event.time! >= events[at - 1]!.time!);

describe.skipIf(!existsSync(CORPUS))('the public collections', () => {
  it('50 spans of seven agent frameworks are 25 model calls, 18 tool calls and 7 agents', async () => {
    const { events, refused } = await read('otel-genai-spans.jsonl.gz');
    expect(refused).toEqual([]);
    expect(invalid(events)).toEqual([]);
    expect(count(events, (event) => event.kind)).toEqual({ model_usage: 25, tool_call: 18, lifecycle: 7 });
    expect(distinct(events, (event) => event.trace_id)).toBe(7);
    expect(distinct(events, (event) => event.span_id)).toBe(50);
    expect(distinct(events, (event) => event.event_id)).toBe(50);
    expect(events.reduce((sum, event) => sum + (event.tokens_in ?? 0), 0)).toBe(10_900);
  });

  it('2,325 agent runs are 18,352 calls between starts and ends, joined by 8,540 flows', async () => {
    const { events, refused } = await read('agentdyn.jsonl.gz');
    expect(refused).toEqual([]);
    expect(invalid(events)).toEqual([]);
    expect(count(events, (event) => ('lifecycle' in event ? event.lifecycle : event.outcome))).toEqual({
      task_started: 2325,
      ok: 17_706,
      error: 646,
      task_ended: 2325,
    });
    const flows = (name: 'args_values' | 'result_values') =>
      events.flatMap((event) => (event[name] ?? []).filter((value) => value.startsWith('flow:'))).sort();
    expect(flows('args_values')).toHaveLength(8540);
    expect(flows('args_values')).toEqual(flows('result_values'));
    expect(distinct(events, (event) => event.event_id)).toBe(18_352 + 2 * 2325);
    expect(inOrder(events)).toBe(true);
  });

  it('7,984 multi-turn runs are 52,613 calls, of which 34,007 failed', async () => {
    const { events, refused } = await read('loops.jsonl.gz');
    expect(refused).toEqual([]);
    expect(count(events, (event) => event.outcome)).toEqual({ ok: 18_606, error: 34_007 });
    expect(distinct(events, (event) => event.session)).toBe(7984);
    expect(distinct(events, (event) => event.event_id)).toBe(52_613);
  });

  it('3,208 CloudTrail rows are 3,207 uses of credentials; 93 were refused, 437 are service hops', async () => {
    const { events, refused } = await read('cloudtrail.jsonl.gz');
    // A sign-in page that asks about a user whom it does not name.
    expect(refused).toMatchObject([{ ignored: true, field: 'userIdentity', got: 'CheckMfa' }]);
    expect(invalid(events)).toEqual([]);
    expect(count(events, (event) => event.outcome)).toEqual({ ok: 2872, error: 242, denied: 93 });
    expect(count(events, (event) => event.credential?.split(':')[0])).toEqual({
      'aws-session': 107,
      'aws-akid': 3000,
      'aws-principal': 100,
    });
    const keyless = events.filter((event) => event.credential?.startsWith('aws-principal:'));
    expect(count(keyless, (event) => event.marks?.includes('service_hop') ?? false)).toEqual({ true: 81, false: 19 });
    expect(events.filter((event) => event.marks?.includes('service_hop'))).toHaveLength(358 + 79);
    expect(distinct(events, (event) => event.event_id)).toBe(3207);
    expect(inOrder(events)).toBe(true);
  });

  it('of its credentials only the stolen session and the stolen root account are seen from two addresses', async () => {
    const { events } = await read('cloudtrail.jsonl.gz');
    const seen = new Map<string, Set<string>>();
    for (const { credential, source_ip, marks } of events) {
      if (credential === undefined || source_ip === undefined || marks?.includes('service_hop')) continue;
      seen.set(credential, (seen.get(credential) ?? new Set()).add(source_ip));
    }
    const twice = [...seen].filter(([, addresses]) => addresses.size > 1).map(([credential]) => credential);
    expect(twice.sort()).toEqual([
      'aws-principal:arn:aws:iam::945562337698:root',
      expect.stringMatching(/^aws-session:arn:aws:sts::\d+:assumed-role\/.*steal-credentials-role\/i-/),
    ]);
  });

  it('3,957 Windows records are logons and what followed; 163 are machines that log on as themselves', async () => {
    const { events, refused } = await read('logons.jsonl.gz');
    expect(count(refused, (one) => !one.ok && one.ignored && one.got)).toEqual({ SYSTEM: 162, 'ANONYMOUS LOGON': 1 });
    expect(invalid(events)).toEqual([]);
    expect(count(events, (event) => event.tool_name)).toEqual({
      admin_logon: 385,
      explicit_cred: 23,
      logon: 479,
      logon_failed: 17,
      net_conn: 2314,
      ntlm: 24,
      service_install: 6,
      share: 80,
      share_file: 381,
      task_created: 3,
      task_updated: 41,
      tgs: 39,
      tgt: 2,
    });
    expect(distinct(events, (event) => event.event_id)).toBe(3957 - 163);
  });
});
