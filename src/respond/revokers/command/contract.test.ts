import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRevoker } from '../contract.ts';
import { orderOf } from '../testing.ts';
import { command } from './index.ts';

/** Keeps the ids of orders in a file, each once; knows one key. */
const program = (dir: string) => `#!${process.execPath}
const { readFileSync, writeFileSync, existsSync } = require('node:fs');
if (process.env.KEY !== 'the-right-key') process.exit(77);
const { data } = JSON.parse(readFileSync(0, 'utf8'));
const file = ${JSON.stringify(join(dir, 'done'))};
const done = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
if (!done.includes(data.order_id)) writeFileSync(file, [...done, data.order_id].join(' '));
console.log(JSON.stringify({ status: 'revoked', proof: { order: data.order_id } }));
`;

testRevoker(command, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-command-'));
  const path = join(dir, 'revoke');
  await writeFile(path, program(dir));
  await chmod(path, 0o700);
  process.env.CONTRACT_COMMAND = 'the-right-key';
  process.env.CONTRACT_WRONG = 'the-wrong-key';
  const open = (env: string) =>
    command.create(command.config.parse({ type: 'command', program: path, env: { KEY: { env } } }), 'contract');
  const done = async () => (await readFile(join(dir, 'done'), 'utf8').catch(() => '')).split(' ').filter(Boolean);
  const order = orderOf();
  let acted = 0;
  const receiver = open('CONTRACT_COMMAND');
  return {
    receiver,
    stranger: open('CONTRACT_WRONG'),
    order,
    isGone: async () => {
      acted = (await done()).length;
      return (await done()).includes(order.order_id);
    },
    acted: () => acted,
    down: () => rename(path, `${path}.away`),
    up: () => rename(`${path}.away`, path),
    refusal: /77/,
    secrets: ['the-right-key', 'the-wrong-key'],
    close: () => rm(dir, { recursive: true }),
  };
});
