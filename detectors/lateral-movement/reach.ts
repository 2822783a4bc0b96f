import type * as z from 'zod';
import type { Finding } from '../../src/detect/detector.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import type { config } from './config.ts';

const RECENT_EVENTS = 10;
const SERVICES_MAX = 512;

type Options = Omit<z.output<typeof config>, 'outside_scope_min' | 'revoked_ms'>;

/** A service reached for the first time, and how it answered. */
export interface Reached {
  place: string;
  id: string;
  time: number;
  refused: boolean;
  credential: string;
}

/** Services that are new to somebody with a past, enough of them for a finding. */
export interface Story {
  reached: readonly Reached[];
  past_events: number;
}

/** Remembers what each key has reached, and tells when it goes from one new service to the next. */
export function watchReach(options: Options, windows: Windows) {
  const services = windows.firstSeen({ name: 'services', entries_max: SERVICES_MAX });
  const past = windows.cell<{ events: number; since: number }>({ name: 'past' });
  const fresh = windows.recent<Reached>({ name: 'fresh', entries_max: 2 * options.new_services_min });
  const recent = windows.recent<boolean>({ name: 'recent', entries_max: RECENT_EVENTS });

  return {
    /** `expected`: somebody said beforehand that this would be reached. It is learned, and is no news. */
    see(key: string, event: AgentEvent, place: string, expected: boolean): Story | undefined {
      const before = past.get(key) ?? { events: 0, since: event.time };
      past.set(key, event.time, { events: before.events + 1, since: Math.min(before.since, event.time) });
      const isNew = services.add(key, event.time, place) && !expected;
      const learning =
        before.events < options.baseline_events_min || event.time - before.since < options.baseline_ms_min;
      const news = recent.push(key, event.time, isNew && !learning);
      if (!isNew || learning) return undefined;
      const share = shareOf(news);
      const reached = within(fresh.push(key, event.time, reachedBy(event, place)), event, options.window_ms);
      const enough = reached.length >= options[thresholdOf(reached)] && share >= options.new_share_min;
      return enough ? { reached, past_events: before.events } : undefined;
    },
  };
}

export function reachedBy(event: AgentEvent, place: string): Reached {
  const { event_id, time, outcome, credential } = event;
  return { place, id: event_id, time, refused: outcome === 'denied', credential };
}

export function within(reached: readonly Reached[], event: AgentEvent, window_ms: number): readonly Reached[] {
  return reached.filter(({ time }) => event.time - time <= window_ms);
}

/** The option that decides: fewer are enough when one of them refused. */
export function thresholdOf(reached: readonly Reached[]): 'new_services_min' | 'new_services_refused_min' {
  return refusedOf(reached) > 0 ? 'new_services_refused_min' : 'new_services_min';
}

export function refusedOf(reached: readonly Reached[]): number {
  return reached.filter(({ refused }) => refused).length;
}

export function spanOf(reached: readonly Reached[], event: AgentEvent): string {
  return duration(event.time - reached[0]!.time);
}

/** What every finding about services says. */
export function evidenceOf(
  reached: readonly Reached[],
  event: AgentEvent,
): Pick<Finding, 'event_ids' | 'window_from' | 'window_to' | 'observed' | 'evidence'> {
  return {
    event_ids: reached.map(({ id }) => id),
    window_from: reached[0]!.time,
    window_to: event.time,
    observed: reached.length,
    evidence: { services: reached.map(({ place }) => place).join(', '), refused: String(refusedOf(reached)) },
  };
}

function shareOf(recent: readonly boolean[]): number {
  return recent.filter(Boolean).length / recent.length;
}
