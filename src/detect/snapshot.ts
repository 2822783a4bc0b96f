import type { Log, StateWrite, Topic } from '../log/log.ts';
import { stateEntry } from '../log/state-entry.ts';
import type { Pipeline } from './runtime.ts';
import { SELF_VERSION } from './self.ts';
import type { WindowSet } from './windows/create-windows.ts';

/** Raised when entries of operators are written another way. */
const FORMAT = '2';
const HEADER = 'snapshot';
/** Entries that one write removes. */
const REMOVED_MAX = 10_000;

/** Whose state a snapshot holds, and up to which offset. State of another version is never read. */
interface Header {
  /** Records below it are part of the state. */
  offset: number;
  /** Scopes by part. */
  scopes: [part: string, scope: string][];
}

/** Something with windows that is saved and restored as a whole: a detector, or the runtime itself. */
export interface Part {
  name: string;
  scope: string;
  windows: WindowSet;
}

export interface Restored {
  /** Offset of the snapshot; undefined when there is none. */
  offset: number | undefined;
  /** Parts whose state was found; the others begin anew. */
  parts: ReadonlySet<string>;
}

export function baseScope(topic: Topic, partition: number): string {
  return `detect/${topic}/${partition}`;
}

/** Name of the runtime's own part; detector ids have no spaces. */
export const SELF_PART = 'the runtime';

export function partsOf(pipeline: Pipeline, base: string): Part[] {
  const part = (name: string, id: string, version: string, windows: WindowSet): Part => ({
    name,
    scope: `${base}/${id}@${version}.${FORMAT}`,
    windows,
  });
  return [
    part(SELF_PART, 'tripline', SELF_VERSION, pipeline.self.windows),
    ...pipeline.runners.map(({ name, version, windows }) => part(name, name, version, windows)),
  ];
}

/** Reads the state of every part that the last snapshot holds in its present version, and removes the state of others. */
export async function restoreParts(log: Log, base: string, parts: readonly Part[]): Promise<Restored> {
  const header = await readHeader(log, base);
  if (header === undefined) return { offset: undefined, parts: new Set() };
  const scopes = new Map(header.scopes);
  const found = parts.filter(({ name, scope }) => scopes.get(name) === scope);
  await removeOthers(log, base, header, new Set(found.map(({ scope }) => scope)));
  for (const { scope, windows } of found) {
    const entries: (readonly [string, Buffer])[] = [];
    for await (const entry of log.state(scope)) entries.push(entry);
    windows.restore(entries);
  }
  return { offset: header.offset, parts: new Set(found.map(({ name }) => name)) };
}

export function headerWrite(base: string, offset: number, parts: readonly Part[]): StateWrite {
  const header: Header = { offset, scopes: parts.map(({ name, scope }) => [name, scope]) };
  return { scope: base, key: HEADER, value: Buffer.from(JSON.stringify(header)) };
}

async function readHeader(log: Log, base: string): Promise<Header | undefined> {
  const value = await stateEntry(log, base, HEADER);
  return value && (JSON.parse(value.toString()) as Header);
}

/** The header goes first, so that state that is half removed is never taken for whole. */
async function removeOthers(log: Log, base: string, header: Header, kept: ReadonlySet<string>): Promise<void> {
  const others = header.scopes.filter(([, scope]) => !kept.has(scope));
  if (others.length === 0) return;
  const rest: Header = { ...header, scopes: header.scopes.filter(([, scope]) => kept.has(scope)) };
  await log.write({ state: [{ scope: base, key: HEADER, value: Buffer.from(JSON.stringify(rest)) }] });
  for (const [, scope] of others) {
    let removed: StateWrite[] = [];
    const flush = async () => {
      await log.write({ state: removed });
      removed = [];
    };
    for await (const [key] of log.state(scope)) {
      removed.push({ scope, key, value: undefined });
      if (removed.length >= REMOVED_MAX) await flush();
    }
    if (removed.length > 0) await flush();
  }
}
