import * as z from 'zod';
import { ChatConfig } from './notify/config.ts';

const ms = (fallback: number, min = 0) =>
  z
    .int()
    .min(min)
    .max(30 * 86_400_000)
    .default(fallback);

/** How orders are carried out. What is to be done is in the policy file. */
export const RespondConfig = z
  .strictObject({
    policy_file: z
      .string()
      .min(1)
      .optional()
      .describe('Policy (YAML); without one every alert is only recorded as what would have been done'),
    receivers: z
      .record(z.string().min(1).max(128), z.looseObject({ type: z.string() }))
      .default({})
      .describe('Receivers by name: {type: ..., ...}'),
    chats: z
      .record(z.string().regex(/^[\w-]{1,64}$/), ChatConfig)
      .default({})
      .describe('Chats that are told about orders, by name'),
    signing: z
      .strictObject({
        rotate_after_ms: ms(30 * 86_400_000, 60_000).describe('A key signs this long before the next one takes over'),
        publish_ahead_ms: ms(86_400_000).describe('A new key is published this long before it signs'),
        overlap_ms: ms(7 * 86_400_000).describe('An old key stays published this long after it signed last'),
      })
      .prefault({})
      .describe('Keys that sign security events and the revocation list; they are made and kept in the data folder'),
    receiver_concurrency_max: z.int().min(1).max(1000).default(8).describe('Requests open at one receiver at once'),
    attempt_timeout_ms: ms(15_000, 1).describe('An attempt that takes longer is given up and made again'),
    retry_front_ms: z
      .array(z.int().min(0))
      .min(1)
      .max(50)
      .default([0, 200, 1000, 5000, 15_000, 60_000])
      .describe('Waits before the first attempts at a receiver'),
    retry_tail_ms: ms(300_000, 1).describe('Wait before the attempt after those; doubles each time'),
    retry_tail_max_ms: ms(3_600_000, 1).describe('Longest wait between attempts'),
    retry_jitter_share: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Waits after the second get up to this share longer'),
    undo_attempts_max: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe('Attempts to take something back before a person has to ask again'),
    escalate_after_ms: ms(90_000).describe('When another receiver is left, this one is given up after this time'),
    retry_limit_ms: ms(86_400_000).describe('The last receiver is given up after this time'),
    repeat_after_ms: ms(3_600_000).describe(
      'A settled order holds off another one for the same target and action this long',
    ),
    order_kept_ms: ms(7 * 86_400_000, 60_000).describe('A settled order is watched for further use this long'),
    orders_kept_max: z
      .int()
      .min(100)
      .default(100_000)
      .describe('Orders kept in memory; past it the oldest settled or held go first'),
    proof_producers: z
      .array(z.string().min(1).max(256))
      .min(1)
      .default(['*'])
      .describe('Producers whose reports of a use can confirm a revocation or show that it failed'),
    refusals_unproven: z
      .array(z.string().min(1).max(256))
      .default(['insufficient_scope', 'permission_denied', 'AccessDenied', 'rate_limited'])
      .describe('Values of error_type that say nothing about whether the credential is dead'),
    signals_max: z
      .int()
      .min(100)
      .default(100_000)
      .describe('Credentials, sessions and agents of which it is remembered which detectors told of them'),
    fleet_window_ms: ms(3_600_000, 1000).describe(
      'An agent belongs to the live fleet this long after its last use of a credential',
    ),
    fleet_agents_max: z.int().min(1).default(100_000).describe('Agents counted per tenant; more are not counted'),
    commit_ms: ms(1000, 1).describe('Offsets without an order are committed this often'),
    sweep_ms: ms(1000, 1).describe('How often held orders are checked for expiry'),
    close_ms: ms(2000).describe('How long open requests may still be answered when stopping'),
  })
  .prefault({});

export type RespondConfig = z.output<typeof RespondConfig>;
