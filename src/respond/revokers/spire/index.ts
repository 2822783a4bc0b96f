import { access, constants } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { run } from '../spawn.ts';

const config = z.strictObject({
  type: z.literal('spire'),
  program: z
    .string()
    .min(1)
    .refine(isAbsolute, { error: 'expected an absolute path' })
    .default('/opt/spire/bin/spire-server')
    .describe('Absolute path of spire-server, which asks the server over its socket'),
  socket_path: z
    .string()
    .min(1)
    .refine(isAbsolute, { error: 'expected an absolute path' })
    .default('/tmp/spire-server/private/api.sock')
    .describe("Socket of the server's API"),
  way: z
    .enum(['delete_entry', 'evict_agent', 'ban_agent'])
    .describe(
      'delete_entry: the workload gets no new SVID; evict_agent: the node attests anew; ban_agent: the node never comes back by itself',
    ),
});
type Config = z.output<typeof config>;
type Way = Config['way'];

/** Takes a workload's registration entry away, or a node's agent, by the server's own command line. */
export const spire = revoker({
  id: 'spire',
  meta: {
    title: 'Registration entry or agent of a SPIRE server',
    tested: 'recorded',
    permissions: ['To open the socket of the server API: the user of Tripline may read and write it'],
    proof: 'The later uses that are refused; an SVID that was given lives until it expires, which is minutes',
    example: { type: 'spire', way: 'delete_entry' },
  },
  config,
  create(options, name): Receiver {
    const handle = HANDLES[options.way];
    return {
      capabilities: {
        actions: ['revoke'],
        targets: ['credential', 'agent_instance', 'agent'],
        handles: [handle],
        undo: false,
      },
      check: (signal) => check(options, name, signal),
      revoke: (order, signal) => revoke(options, order, signal),
    };
  },
});

const HANDLES: Readonly<Record<Way, string>> = {
  delete_entry: 'entry_id',
  evict_agent: 'spiffe_id',
  ban_agent: 'spiffe_id',
};
const VALID: Readonly<Record<string, RegExp>> = {
  entry_id: /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/,
  spiffe_id: /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)+$/,
};

/** gRPC code that the command line prints for what is not there. */
const NOT_FOUND = /\bcode(?: =|:) NotFound\b/;
const OUTPUT_BYTES_MAX = 65_536;

async function revoke(options: Config, { credential_handles }: Order, signal: AbortSignal): Promise<RevokeResult> {
  const handle = HANDLES[options.way];
  const id = credential_handles[handle] ?? '';
  if (!VALID[handle]!.test(id)) return { status: 'failed', detail: `The ${handle} is not one` };
  const words: Record<Way, string[]> = {
    delete_entry: ['entry', 'delete', '-entryID', id],
    evict_agent: ['agent', 'evict', '-spiffeID', id],
    ban_agent: ['agent', 'ban', '-spiffeID', id],
  };
  const { code, stdout, trouble } = await ask(options, words[options.way], signal);
  if (code === undefined) return { status: 'retry', detail: `spire-server ${trouble}` };
  if (code === 0) return { status: 'accepted', detail: 'The server did it' };
  if (NOT_FOUND.test(stdout)) return { status: 'accepted', detail: 'It was gone already' };
  // The command line says 1 for whatever went wrong: whether the server is there, a question that changes nothing tells.
  const alive = await ask(options, ['healthcheck'], signal);
  if (alive.code !== 0) return { status: 'retry', detail: 'spire-server does not reach the server' };
  return { status: 'failed', detail: `spire-server refused with ${code}` };
}

function ask({ program, socket_path }: Config, words: readonly string[], signal: AbortSignal) {
  const args = [...words, '-socketPath', socket_path];
  return run({ program, args, env: {}, input: '', signal, output_bytes_max: OUTPUT_BYTES_MAX, with_errors: true });
}

async function check(options: Config, name: string, signal: AbortSignal): Promise<string> {
  const failed = (what: string, cause?: unknown) =>
    new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name}: ${what}`, { cause, retriable: true });
  await access(options.program, constants.X_OK).catch((cause: unknown) => {
    throw failed(`${options.program} cannot be run`, cause);
  });
  const { code, trouble } = await ask(options, ['healthcheck'], signal);
  if (code !== 0) throw failed(trouble ?? 'the server is not healthy');
  return 'The server is healthy';
}
