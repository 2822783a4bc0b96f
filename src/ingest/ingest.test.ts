import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, startTestDoor, type TestDoor, type TestDoorOptions } from './testing.ts';

const folder = await newFolder();
afterAll(folder.remove);
let folders = 0;
const nextDir = () => `${folder.dir}/${++folders}`;

/** Runs a door in a new folder for one test. */
async function withDoor(options: TestDoorOptions, run: (door: TestDoor, dir: string) => Promise<void>): Promise<void> {
  const dir = nextDir();
  const door = await startTestDoor(dir, options);
  try {
    await run(door, dir);
  } finally {
    await door.stop();
  }
}

describe('the door', () => {
  it('opens without a warning of the libraries below it', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', hear);
    await withDoor({}, async () => undefined);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });
});
