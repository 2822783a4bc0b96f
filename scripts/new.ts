import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KINDS, type Kind, RESERVED } from './templates.ts';

/** `npm run new -- detector|revoker|source NAME`: its files, its test, its page, and its line of the list. */
const root = join(import.meta.dirname, '..');
const NAME = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;
const [kindName = '', name = '', ...more] = process.argv.slice(2);
const kind = KINDS.get(kindName);

if (kind === undefined || name === '' || more.length > 0)
  refuse(`Usage: npm run new -- ${[...KINDS.keys()].join('|')} NAME`);
else if (!NAME.test(name))
  refuse(`${name} is no name: expected lower case, words joined by dashes, such as tool-burst`);
else if (RESERVED.has(name)) refuse(`${name} is no name for a part: the code uses the word itself`);
else await make(kind, name);

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
  format([chosen.list, ...files.map(([path]) => path)]);
  console.log(`changed  ${chosen.list}`);
  await writePage(chosen, part);
  console.log(chosen.next(part));
}

async function writePage({ page, list }: Kind, part: string): Promise<void> {
  if (page !== undefined) {
    await appendFile(join(root, page.path), page.section(part));
    console.log(`changed  ${page.path}`);
  }
  if (list !== 'detectors/index.ts') return;
  // Only now: it reads the list.
  await import('./generate-detector-docs.ts');
  console.log(`made     detectors/${part}/README.md`);
}

/** What it leaves behind passes `npm run check`. */
function format(paths: readonly string[]): void {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [biome, 'check', '--write', '--vcs-enabled=false', ...paths], {
    cwd: root,
    stdio: 'pipe',
  });
}

function refuse(sentence: string): void {
  console.error(sentence);
  process.exitCode = 2;
}
