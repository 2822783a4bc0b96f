import { access, constants } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import { ACTIONS, type Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { payloadOf } from '../payload.ts';
import { readSecret, SecretRef } from '../secret.ts';
import { type Ran, run } from '../spawn.ts';

const config = z.strictObject({
  type: z.literal('command'),
  program: z
    .string()
    .min(1)
    .refine(isAbsolute, { error: 'expected an absolute path' })
    .describe('Absolute path of the program; no shell is in between'),
  args: z.array(z.string().max(4096)).max(64).default([]).describe('Its arguments, as they are; nothing is filled in'),
  env: z
    .record(z.string(), SecretRef)
    .default({})
    .describe('Its environment, from variables or files; it gets no other'),
  cwd: z.string().min(1).optional().describe('Folder that it runs in'),
  handles: z
    .array(z.string())
    .max(16)
    .default([])
    .describe('Handles of which the program needs one; none: the fingerprint is enough'),
  can_undo: z.boolean().default(false).describe('Whether it can take a revocation back'),
  output_bytes_max: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(65_536)
    .describe('Bytes of its output that are read; it is ended when it writes more'),
});
type Config = z.output<typeof config>;

/** sysexits.h: a temporary failure. */
const EX_TEMPFAIL = 75;
const Said = z.object({ status: z.string().max(200).optional(), proof: z.unknown().optional() });

/** Runs a program with the order as JSON on its standard input. */
export const command = revoker({
  id: 'command',
  meta: {
    title: 'Program that revokes: order as JSON on its standard input',
    tested: 'real',
    permissions: [
      'What the program may do is its own affair; it runs as the user of Tripline, with no environment but env',
    ],
    proof: 'The later uses that are refused; what it writes as proof is kept with the order',
    example: { type: 'command', program: '/usr/local/bin/revoke-key', handles: ['token_id'] },
  },
  config,
  create(options, name): Receiver {
    const env = Object.fromEntries(Object.entries(options.env).map(([key, ref]) => [key, readSecret(ref)]));
    const ask = async (type: string, order: Order, signal: AbortSignal) => {
      const { program, args, cwd, output_bytes_max } = options;
      const input = JSON.stringify(payloadOf(type, order));
      return resultOf(await run({ program, args, env, cwd, input, signal, output_bytes_max }));
    };
    return {
      capabilities: {
        actions: ACTIONS,
        targets: ['credential', 'session', 'agent_instance', 'agent'],
        handles: options.handles,
        undo: options.can_undo,
      },
      check: () => check(options, name),
      revoke: (order, signal) => ask('tripline.revocation.requested', order, signal),
      ...(options.can_undo && {
        undo: (order: Order, signal: AbortSignal) => ask('tripline.revocation.undo_requested', order, signal),
      }),
    };
  },
});

/** The exit code decides, never a text: 0 done, 75 not now, any other never. */
function resultOf({ code, stdout, trouble }: Ran): RevokeResult {
  if (code === undefined) return { status: 'retry', detail: `The program ${trouble}` };
  if (code === EX_TEMPFAIL) return { status: 'retry', detail: 'The program says: not now (75)' };
  if (code !== 0) return { status: 'failed', detail: `The program refused with ${code}` };
  const { status, proof } = saidIn(stdout);
  return {
    status: 'accepted',
    ...(status !== undefined && { detail: status }),
    ...(proof !== undefined && { proof: JSON.stringify(proof).slice(0, 1000) }),
  };
}

function saidIn(stdout: string): z.output<typeof Said> {
  try {
    return Said.parse(JSON.parse(stdout));
  } catch {
    return {};
  }
}

async function check({ program }: Config, name: string): Promise<string> {
  await access(program, constants.X_OK).catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name}: ${program} cannot be run`, {
      cause,
      retriable: true,
    });
  });
  return `${program} can be run`;
}
