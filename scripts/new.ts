import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KINDS, type Kind } from './templates.ts';

/** `npm run new -- detector|revoker|source NAME`: its files, its test, and its line of the list. */
const root = process.env.TRIPLINE_ROOT ?? join(import.meta.dirname, '..');
const [kindName = '', name = ''] = process.argv.slice(2);
const kind = KINDS.get(kindName);
if (kind === undefined || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  refuse(`Usage: npm run new -- ${[...KINDS.keys()].join('|')} NAME   (lower case, words joined by dashes)`);
} else await make(kind, name);

async function make(chosen: Kind, part: string): Promise<void> {
  const files = Object.entries(chosen.files(part));
  const taken = files.find(([path]) => existsSync(join(root, path)));
  if (taken) return refuse(`${taken[0]} is there already`);
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`made     ${path}`);
  }
  const list = join(root, chosen.list);
  await writeFile(list, chosen.addToList(await readFile(list, 'utf8'), part));
  console.log(`changed  ${chosen.list}\n${chosen.next(part)}`);
}

function refuse(sentence: string): void {
  console.error(sentence);
  process.exitCode = 2;
}
