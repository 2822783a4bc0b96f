import * as z from 'zod';
import { SecretRef } from '../secret.ts';

/** A transmitter of the Shared Signals Framework: receivers make their own stream, and have events pushed or poll for them. */
export const SsfConfig = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.endsWith('/'), { error: 'expected an address without / at its end' })
    .describe('Address by which receivers reach the door, as it is outside: iss of every event'),
  receivers: z
    .record(
      z.string().regex(/^[\w-]{1,64}$/),
      z.strictObject({
        token: SecretRef.describe('Bearer token by which it is known'),
        audience: z.string().min(1).max(2048).describe('aud of the events that it gets'),
      }),
    )
    .describe('Who may have a stream, by name'),
  events_max: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Events that wait for one receiver; past it the oldest is dropped and counted'),
  poll_wait_ms_max: z
    .int()
    .min(0)
    .max(300_000)
    .default(30_000)
    .describe('A poll without events is answered after this time'),
  poll_events_max: z.int().min(1).max(1000).default(100).describe('Events of one answer'),
  push_retry_ms_max: z.int().min(100).max(3_600_000).default(60_000).describe('Longest wait between attempts to push'),
  allow_private: z.boolean().default(false).describe('Whether a push endpoint may have a private or loopback address'),
});
export type SsfConfig = z.output<typeof SsfConfig>;
