import * as z from 'zod';
import { STATES } from '../../order/order.ts';
import { SecretRef } from '../../secret.ts';

const ms = (fallback: number) => z.int().min(1).max(86_400_000).default(fallback);

/** A chat that is told about orders. */
export const ChatConfig = z.strictObject({
  type: z
    .enum(['slack', 'teams'])
    .describe('Whose messages: Slack and what understands its webhooks, or Teams (workflows)'),
  url: SecretRef.describe('Address of the incoming webhook; whoever knows it can post, so it is a secret'),
  console_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where people open the console; messages link to the order there'),
  states: z
    .array(z.enum(STATES))
    .min(1)
    .default(['held', 'failed', 'irrevocable', 'confirmed', 'undone'])
    .describe('States of orders that are told'),
  interval_ms: ms(1000).describe('Shortest time between two messages; what comes meanwhile goes together'),
  lines_max: z.int().min(1).max(40).default(10).describe('Orders listed in a message; the rest is counted'),
  attempts_max: z.int().min(1).max(20).default(5).describe('Attempts before a message is dropped and counted'),
  age_ms_max: ms(900_000).describe('What is older when its turn comes is dropped and counted'),
  timeout_ms: ms(10_000).describe('An attempt that takes longer is made again'),
  allow_private: z.boolean().default(false).describe('Whether the chat may have a private or loopback address'),
});
export type ChatConfig = z.output<typeof ChatConfig>;
