import { CHAINED, type Chained, type Head, LINK, linksOf } from '../audit/link.ts';
import { copyRows, encodeFrame } from '../event/frame/index.ts';
import type { StateWrite } from '../log/log.ts';
import { stateEntry } from '../log/state-entry.ts';
import type { Block } from './block.ts';
import { type PartitionOptions, retrying } from './insert.ts';

interface Kept extends Head {
  /** Made when the first block comes, of what a repetition makes again: a log that was begun anew has chains of its own. */
  chain: string;
}

const CHAIN = 'chain';

/** Adds the rows of stored blocks to the hash chain of their partition; does nothing for topics that have none. */
export async function openChain(options: PartitionOptions, scope: string) {
  const { log, store, topic, partition } = options;
  const chained = (CHAINED as Readonly<Record<string, Chained>>)[topic];
  const stored = chained && (await stateEntry(log, scope, CHAIN));
  let kept = stored && (JSON.parse(stored.toString()) as Kept);

  /** Resolves with what must be committed with the block. Repeated after a crash, it stores the same links once. */
  async function add(block: Block): Promise<StateWrite[]> {
    if (chained === undefined) return [];
    const after = kept ?? { chain: `${topic}/${partition}/${block.appended}`, seq: 0, head: '' };
    const rows = block.frames.flatMap((frame) => copyRows(chained.type, frame));
    const links = linksOf(chained, after.chain, block.appended, after, rows);
    const last = links.at(-1);
    if (last === undefined) return [];
    const token = `${after.chain}/${links[0]!.seq}-${last.seq}`;
    const frames = [encodeFrame(LINK.columns, links)];
    await retrying(options, () => store.insert({ table: LINK.name, frames, token }));
    kept = { chain: after.chain, seq: last.seq, head: last.head };
    return [{ scope, key: CHAIN, value: Buffer.from(JSON.stringify(kept)) }];
  }

  return { add };
}
