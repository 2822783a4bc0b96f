import assert from 'node:assert';
import type { Clock } from '../clock.ts';
import type { Append, Write } from '../log.ts';
import { stateKey } from '../state-key.ts';
import { APPENDED_BYTES, bytesOfEntry, type LogDatabase, numberValue } from './database.ts';
import type { Job } from './group-commit.ts';
import type { Head, Heads } from './heads.ts';

const META_BYTES = 64;

/** One write as a job; `offsets` is filled when the job is put. */
export interface WriteJob extends Job {
  offsets: number[];
}

/** `now` is called once per append, inside the transaction: its order is the order of the offsets. */
export function writeJob(write: Write, database: LogDatabase, heads: Heads, now: Clock): WriteJob {
  const appends = (write.append ?? []).map((append) => prepareAppend(append, heads));
  const states = (write.state ?? []).map(({ scope, key, value }) => ({ key: stateKey(scope, key), value }));
  const commits = write.commit ?? [];
  for (const { topic, partition, offset } of commits) {
    heads.of(topic, partition);
    assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is a whole number from 0 on');
  }
  let bytes = (commits.length + states.length) * META_BYTES;
  for (const { value } of appends) bytes += bytesOfEntry(value.length);
  for (const { value } of states) bytes += bytesOfEntry(value?.length ?? 0);

  const offsets: number[] = [];
  return {
    bytes,
    offsets,
    put() {
      for (const { head, value } of appends) {
        value.writeDoubleLE(now());
        offsets.push(head.reserved);
        head.records.put(head.reserved++, value);
      }
      for (const { topic, group, partition, offset } of commits)
        database.meta.put(['commit', topic, group, partition], numberValue(offset));
      for (const { key, value } of states) {
        if (value === undefined) database.state.remove(key);
        else database.state.put(key, value);
      }
    },
    done() {
      for (const { topic, group, partition, offset } of commits) {
        heads.setCommitted(topic, group, partition, offset);
        heads.groups(topic).add(group);
      }
    },
  };
}

function prepareAppend({ topic, partition, frame }: Append, heads: Heads): { head: Head; value: Buffer } {
  const head = heads.of(topic, partition);
  // Copied, since the caller may reuse the frame while the disk is busy.
  const value = Buffer.allocUnsafe(APPENDED_BYTES + frame.length);
  value.set(frame, APPENDED_BYTES);
  return { head, value };
}
