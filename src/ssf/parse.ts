import type * as z from 'zod';
import { TriplineError } from '../errors.ts';

/** What a receiver sent, as it should be. @throws TriplineError TRIPLINE_INPUT_UNREADABLE that names what is wrong */
export function parse<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}
