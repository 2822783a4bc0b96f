import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { plain } from '../act/plain.ts';

/** Whoever asks for something that is kept. */
export interface Actor {
  who: string;
  /** '' where roles are not known. */
  role: string;
}

const WHO_MAX = 256;

/** Part of every body that changes something, until there is sign-in. */
export const Who = z.string().trim().min(1).max(WHO_MAX).describe('Who asks; stands in the history');

const Named = z.object({ who: Who });

/**
 * Who asks: who he says he is, in the body or, of what is read, in the query. The one place that sign-in replaces.
 * @throws z.ZodError where he does not say
 */
export function actorOf({ body, query }: Pick<FastifyRequest, 'body' | 'query'>): Actor {
  const { who } = Named.parse({ ...(query as object), ...(body as object) }, { reportInput: true });
  return { who: plain(who, WHO_MAX).trim(), role: '' };
}
