import { createHash } from 'node:crypto';
import { Frame } from '../event/frame/index.ts';

/** Frames of the same columns in the same order: they can be read by one statement. */
export interface FrameGroup {
  /** Names the columns and their types; the same on every machine. */
  readonly signature: string;
  readonly columns: readonly string[];
  readonly frames: Buffer[];
  rows: number;
}

/**
 * Sorts frames by their columns: an older version lacks some, a newer one has more. Empty frames are left out.
 * @throws TriplineError TRIPLINE_FRAME_CORRUPT
 */
export function groupFrames(frames: readonly Buffer[]): FrameGroup[] {
  const groups = new Map<string, FrameGroup>();
  for (const bytes of frames) {
    const frame = Frame.decode(bytes);
    if (frame.length === 0) continue;
    const signature = signatureOf(frame);
    let group = groups.get(signature);
    if (group === undefined) {
      group = { signature, columns: frame.names, frames: [], rows: 0 };
      groups.set(signature, group);
    }
    group.frames.push(bytes);
    group.rows += frame.length;
  }
  return [...groups.values()];
}

export function signatureOf(frame: Frame): string {
  const columns = frame.names.map((name) => `${name} ${frame.typeName(name)}`);
  return createHash('sha1').update(columns.join('\n')).digest('hex').slice(0, 12);
}
