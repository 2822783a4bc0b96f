import { describe, expect, it } from 'vitest';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { Frame } from '../event/frame/index.ts';
import type { Reject } from '../event/reject.ts';
import { LogConfig } from '../log/config.ts';
import type { Topic } from '../log/log.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { IngestConfig } from './config.ts';
import { appendsOf } from './frames.ts';

const log = openMemoryLog({ config: LogConfig.parse({ partitions: { events: 5, credentials: 3, rejects: 2 } }) });
const columns = EVENT.columns.filter(({ name }) => ['event_id', 'credential', 'outcome'].includes(name));
const deps = { log, credentialColumns: columns, config: IngestConfig.parse({ frame_rows_max: 4 }) };

/** The nth event: 7 agents, every third event without one, 5 credentials, every other event without one. */
function eventOf(n: number): AgentEvent {
  const agent_id = n % 3 === 0 ? '' : `agent-${n % 7}`;
  const credential = n % 2 === 0 ? `gh-sha256:${n % 5}` : '';
  return rowOf(EVENT, {
    event_id: String(n),
    agent_id,
    credential: agent_id === '' ? credential || 'x:none' : credential,
  });
}
const events = Array.from({ length: 200 }, (_, n) => eventOf(n));
const written = appendsOf(events, [], deps);
const of = (topic: Topic) =>
  written
    .filter((append) => append.topic === topic)
    .map(({ partition, frame }) => ({ partition, frame: Frame.decode(frame) }));
const idsOf = (frame: Frame) => frame.column('event_id', 'String').map(Number);

/** Per key, the partitions it is in and its ids in order. */
function byKey(topic: Topic, keyOf: (event: AgentEvent) => string) {
  const keys = new Map<string, { partitions: Set<number>; ids: number[] }>();
  for (const { partition, frame } of of(topic))
    for (const id of idsOf(frame)) {
      const key = keyOf(events[id]!);
      const entry = keys.get(key) ?? { partitions: new Set(), ids: [] };
      keys.set(key, entry);
      entry.partitions.add(partition);
      entry.ids.push(id);
    }
  return keys;
}

describe('frames of one write', () => {
  it('hold every event once, all of an agent in one partition and in order of arrival', () => {
    const keys = byKey('events', (event) => event.agent_id || event.credential);
    const all = [...keys.values()];
    expect(all.flatMap(({ ids }) => ids).sort((a, b) => a - b)).toEqual(events.map((_, n) => n));
    for (const { partitions, ids } of all) {
      expect(partitions.size).toBe(1);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
    expect(new Set(all.flatMap(({ partitions }) => [...partitions])).size).toBeGreaterThan(1);
  });

  it('hold every use of a credential once more, by credential, with the columns that are read there', () => {
    const keys = byKey('credentials', ({ credential }) => credential);
    const used = events.flatMap(({ credential }, n) => (credential === '' ? [] : [n]));
    const all = [...keys.values()];
    expect(all.flatMap(({ ids }) => ids).sort((a, b) => a - b)).toEqual(used);
    for (const { partitions } of all) expect(partitions.size).toBe(1);
    for (const { frame } of of('credentials')) expect(frame.names).toEqual(columns.map(({ name }) => name));
    for (const { frame } of of('events')) expect(frame.names).toEqual(EVENT.columns.map(({ name }) => name));
  });

  it('are split at the limit of rows', () => {
    const lengths = written.map(({ frame }) => Frame.decode(frame).length);
    expect(Math.max(...lengths)).toBe(4);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
  });

  it('hold refusals by producer, and nothing is written for nothing', () => {
    const reject = (producer: string, index: number): Reject => ({
      time: 1,
      tenant: 't',
      producer,
      door: 'events',
      index,
      field: 'f',
      expected: 'e',
      got: 'g',
      body: 'b',
    });
    const appends = appendsOf([], [reject('p', 0), reject('q', 0), reject('p', 1)], deps);
    expect(appends.map(({ topic }) => topic)).toEqual(appends.map(() => 'rejects'));
    const rows = appends.flatMap(({ frame }) => {
      const decoded = Frame.decode(frame);
      return decoded.column('producer').map((producer, i) => `${producer} ${decoded.column('index')[i]}`);
    });
    expect(rows.sort()).toEqual(['p 0', 'p 1', 'q 0']);
    expect(appendsOf([], [], deps)).toEqual([]);
  });
});
