import { archive } from './cases/archive.ts';
import { detect } from './cases/detect.ts';
import { door } from './cases/door.ts';
import { frame } from './cases/frame.ts';
import { log } from './cases/log.ts';
import { memory } from './cases/memory.ts';
import { response } from './cases/response.ts';
import { storm } from './cases/storm.ts';
import { windows } from './cases/windows.ts';
import { machineOf } from './measure.ts';

/** `npm run bench [-- CASE...] [--json]`: what is fast and what is not, on this machine. */
const CASES = new Map<string, () => Promise<object[]>>([
  ['door', door],
  ['frame', frame],
  ['detect', detect],
  ['windows', windows],
  ['log', log],
  ['archive', archive],
  ['memory', memory],
  ['response', async () => [...(await response()), ...(await storm())]],
]);
const words = process.argv.slice(2).filter((word) => word !== '--json');
const json = process.argv.includes('--json');
const unknown = words.find((word) => !CASES.has(word));
if (unknown !== undefined) {
  console.error(`There is no case ${unknown}: expected ${[...CASES.keys()].join(', ')}`);
  process.exit(2);
}
const machine = machineOf();
for (const name of words.length > 0 ? words : CASES.keys()) {
  const rows = await CASES.get(name)!();
  if (json) console.log(JSON.stringify({ case: name, machine, rows }));
  else {
    console.log(`${name}   (${machine.cores} x ${machine.cpu}, Node ${machine.node}, ${machine.commit})`);
    console.table(rows);
  }
}
