import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient } from '../testing.ts';
import { spire } from './index.ts';

const SPIFFE_ID = 'spiffe://example.org/spire/agent/k8s_psat/demo/1';
const ENTRY = '0f3c2b1a-0000-4000-8000-000000000001';

/**
 * Answers as spire-server 1.x documents its command line: 0 and a sentence for what was done, 1 and the gRPC code on standard error
 * otherwise. It knows what stands in its file; a socket named forbidden.sock may do nothing but ask whether the server is well.
 */
const program = (dir: string) => `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
const file = ${JSON.stringify(join(dir, 'known'))};
appendFileSync(${JSON.stringify(join(dir, 'asked'))}, words.join(' ') + '\\n');
if (words[0] === 'healthcheck') { console.log('Server is healthy.'); process.exit(0); }
const fail = (code) => { console.error('Error: rpc error: code = ' + code + ' desc = x'); process.exit(1); };
if (words.at(-1).endsWith('forbidden.sock')) fail('PermissionDenied');
const known = readFileSync(file, 'utf8').split(' ');
if (!known.includes(words[3])) fail('NotFound');
writeFileSync(file, known.filter((id) => id !== words[3]).join(' '));
appendFileSync(${JSON.stringify(join(dir, 'done'))}, words[3] + '\\n');
console.log('Done');
`;

let dir: string;
const lines = async (name: string) =>
  (await readFile(join(dir, name), 'utf8').catch(() => '')).split('\n').filter(Boolean);
async function prepare(): Promise<string> {
  dir = await mkdtemp(join(tmpdir(), 'tripline-spire-'));
  await writeFile(join(dir, 'known'), `${SPIFFE_ID} ${ENTRY}`);
  await writeFile(join(dir, 'spire-server'), program(dir));
  await chmod(join(dir, 'spire-server'), 0o700);
  return dir;
}
const open = (way: string, socket = 'api.sock') =>
  spire.create(
    spire.config.parse({ type: 'spire', way, program: join(dir, 'spire-server'), socket_path: join(dir, socket) }),
    'contract',
  );
const order = orderOf({ credential_handles: { entry_id: ENTRY, spiffe_id: SPIFFE_ID } });

for (const [way, id] of [
  ['delete_entry', ENTRY],
  ['evict_agent', SPIFFE_ID],
  ['ban_agent', SPIFFE_ID],
] as const)
  testRevoker(
    spire,
    async () => {
      const path = join(await prepare(), 'spire-server');
      let acted = 0;
      return {
        receiver: open(way),
        stranger: open(way, 'forbidden.sock'),
        order,
        isGone: async () => {
          acted = (await lines('done')).length;
          return !(await readFile(join(dir, 'known'), 'utf8')).split(' ').includes(id);
        },
        acted: () => acted,
        down: () => rename(path, `${path}.away`),
        up: () => rename(`${path}.away`, path),
        refusal: /refused with 1/,
        secrets: [],
        close: () => rm(dir, { recursive: true }),
      };
    },
    way,
  );

describe('spire', () => {
  beforeEach(prepare);
  afterEach(() => rm(dir, { recursive: true }));

  it('says what the documents say, and nothing that an agent could add to', async () => {
    await open('ban_agent').revoke(order, patient());
    expect(await lines('asked')).toEqual([`agent ban -spiffeID ${SPIFFE_ID} -socketPath ${join(dir, 'api.sock')}`]);
    for (const spiffe_id of ['-socketPath', 'spiffe://example.org/x -socketPath /tmp/evil', 'http://x/y', ''])
      expect(await open('ban_agent').revoke(orderOf({ credential_handles: { spiffe_id } }), patient())).toMatchObject({
        status: 'failed',
      });
    expect(await lines('asked')).toHaveLength(1);
  });

  it('takes what the server does not know for gone', async () => {
    const handles = { entry_id: 'another-entry' };
    expect(await open('delete_entry').revoke(orderOf({ credential_handles: handles }), patient())).toEqual({
      status: 'accepted',
      detail: 'It was gone already',
    });
  });

  it('asks again when the server is not reached', async () => {
    await writeFile(join(dir, 'spire-server'), `#!${process.execPath}\nprocess.exit(1)\n`);
    expect(await open('delete_entry').revoke(order, patient())).toMatchObject({ status: 'retry' });
  });
});
