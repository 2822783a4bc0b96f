import type * as z from 'zod';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { placeOf } from '../lateral-movement/place.ts';
import type { config } from './config.ts';

export type Options = z.output<typeof config>;

/** How much of an agent one producer has told. */
interface Past {
  since: number;
  events: number;
  sessions: number;
  /** Events that nothing was learned from. */
  left_out: number;
}

/** What an event shows that was not known, and what was. */
export interface News {
  tool: boolean;
  target: boolean;
  /** Where it went: a service. */
  place: string;
  past: Past;
  tools_known: number;
  targets_known: number;
}

/** Remembers the tools and services of each agent. */
export function watchPast(options: Options, windows: Windows) {
  const pasts = windows.cell<Past>({ name: 'pasts' });
  const tools = windows.firstSeen({ name: 'tools', entries_max: options.known_max });
  const targets = windows.firstSeen({ name: 'targets', entries_max: options.known_max });
  const sessions = windows.firstSeen({ name: 'sessions', entries_max: options.learning_sessions_min });

  const isLearning = ({ since, events, sessions }: Past, { time, session }: AgentEvent) =>
    time - since < options.learning_ms_min ||
    events < options.learning_events_min ||
    (session !== '' && sessions < options.learning_sessions_min);

  return {
    /** `learn`: whether this event may teach. Returns what is new to somebody who has learned enough. */
    see(event: AgentEvent, learn: boolean): News | undefined {
      // Agent and gateway may name one call differently: each is a witness with a past of its own.
      const key = keyOf(event.tenant, event.producer, event.agent_id);
      const tool = event.tool_name === '' ? '' : keyOf(event.tool_server, event.tool_name);
      const place = placeOf(event);
      const past = pasts.get(key) ?? { since: event.time, events: 0, sessions: 0, left_out: 0 };
      const newTool = tool !== '' && !tools.has(key, tool);
      const newTarget = place !== '' && !targets.has(key, place);
      const news =
        (newTool || newTarget) && !isLearning(past, event)
          ? {
              tool: newTool,
              target: newTarget,
              place,
              past,
              tools_known: tools.size(key),
              targets_known: targets.size(key),
            }
          : undefined;
      if (learn) {
        if (tool !== '') tools.add(key, event.time, tool);
        if (place !== '') targets.add(key, event.time, place);
      }
      pasts.set(key, event.time, grown(past, event, learn, learn && sessions.add(key, event.time, event.session)));
      return news;
    },
  };
}

function grown(past: Past, { time }: AgentEvent, learn: boolean, isNewSession: boolean): Past {
  return {
    since: Math.min(past.since, time),
    events: past.events + Number(learn),
    sessions: past.sessions + Number(isNewSession),
    left_out: past.left_out + Number(!learn),
  };
}
