import type * as z from 'zod';
import type { Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import type { config } from './config.ts';
import { type Context, contextOf, describe, differences, isSame } from './context.ts';

const CONTEXTS_MAX = 6;

interface Known {
  /** Most recently used last. */
  contexts: Context[];
  /** Changes between the last two contexts. */
  alternations: number;
}

/** Remembers the contexts of each credential and says when two of them cannot both be true. */
export function watchContexts(options: z.output<typeof config>, windows: Windows) {
  const known = windows.cell<Known>({ name: 'contexts' });
  const shared = new Set(options.shared_schemes);

  return {
    /** Whether this use comes from a context that the credential was used from before. */
    isKnown: (event: AgentEvent): boolean =>
      known.get(keyOf(event.tenant, event.credential))?.contexts.some((context) => isSame(context, contextOf(event))) ??
      true,

    see(event: AgentEvent): Finding | undefined {
      if (shared.has(event.credential.slice(0, event.credential.indexOf(':')))) return undefined;
      const now = contextOf(event);
      const key = keyOf(event.tenant, event.credential);
      const before = known.get(key) ?? NOTHING_KNOWN;
      const only = before.contexts.length === 1 ? before.contexts[0]! : undefined;
      if (only !== undefined && isSame(only, now)) {
        now.first = only.first;
        known.set(key, event.time, { contexts: [now], alternations: before.alternations });
        return undefined;
      }
      const others = before.contexts.filter(
        (context) => !isSame(context, now) && event.time - context.last <= options.window_ms,
      );
      const mine = before.contexts.find((context) => isSame(context, now));
      const rival = others.findLast((context) => isRival(context, now));
      const returned = mine !== undefined && rival !== undefined && rival.last >= mine.last;
      const changed = rival !== undefined && (mine === undefined || returned);
      const alternations = changed ? before.alternations + 1 : before.alternations;
      const merged = { ...now, first: mine?.first ?? now.first };
      known.set(key, event.time, {
        contexts: [...others, merged].slice(-CONTEXTS_MAX),
        alternations,
      });
      if (!changed) return undefined;
      const differ = differences(rival, now);
      // Another program at another place, or another key: no move explains it. The rest needs going to and fro.
      const certain = differ.includes('key') || (differ.includes('network') && differ.includes('client'));
      if (!certain && alternations < options.alternations_min) return undefined;
      return finding(event, rival, now, differ, alternations);
    },
  };
}

const NOTHING_KNOWN: Known = { contexts: [], alternations: 0 };

/** Different enough: another key, or two of network, client and instance. */
function isRival(a: Context, b: Context): boolean {
  const differ = differences(a, b);
  return differ.includes('key') || differ.length >= 2;
}

function finding(event: AgentEvent, owner: Context, second: Context, differ: string[], alternations: number): Finding {
  return {
    reason: 'two_contexts',
    subject_kind: 'credential',
    subject: event.credential,
    confidence: alternations > 1 ? 0.95 : 0.9,
    summary: `A credential was used from ${describe(second)}, ${duration(Math.abs(second.last - owner.last))} after it was used from ${describe(owner)}: it differs in ${differ.join(' and ')}.`,
    event_ids: [owner.event_id, event.event_id],
    producers: [owner.producer],
    window_from: Math.min(owner.last, event.time),
    window_to: Math.max(owner.last, event.time),
    threshold_name: 'window_ms',
    threshold: 2,
    observed: differ.length,
    evidence: {
      first_context: describe(owner),
      second_context: describe(second),
      differs_in: differ.join(', '),
      target: event.target,
    },
  };
}
