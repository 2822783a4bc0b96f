import type { Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { connectionOf, grantsTickets, hostOf, type Options, type Sign, type SignKind } from './sign.ts';

const DAY_MS = 86_400_000;

/** A sign as it is kept. */
export interface Seen {
  kind: SignKind;
  time: number;
  id: string;
  port: number;
  credential: string;
  handles: Readonly<Record<string, string>>;
}

/** Why a destination is none: it is the source itself; or why most signs about it say nothing: everybody connects to a controller. */
type Role = 'self' | 'controller';

/** What is known of one source and one destination. */
interface Pair {
  /** Days with signs, before the last one. */
  days: number;
  last: number;
  /** The last of each kind. */
  seen: Partial<Record<SignKind, Seen>>;
}

export interface Story {
  place: string;
  seen: readonly Seen[];
}

/** Remembers the signs of each pair of source and destination, and which destinations are no move. */
export function watchPairs(options: Options, windows: Windows) {
  const pairs = windows.cell<Pair>({ name: 'pairs' });
  const roles = windows.cell<Role>({ name: 'roles' });
  const reached = windows.cell<string>({ name: 'reached' });
  /** Sources of which it is known who their controller is. */
  const oriented = windows.cell<boolean>({ name: 'oriented' });
  const sourceOf = ({ tenant, agent_id }: AgentEvent) => keyOf(tenant, agent_id);
  const pairOf = ({ tenant, agent_id }: AgentEvent, place: string) => keyOf(tenant, agent_id, place);
  const isController = (event: AgentEvent, place: string) => {
    if (roles.get(pairOf(event, place)) !== 'self') roles.set(pairOf(event, place), event.time, 'controller');
  };

  return {
    /** Roles are learned from what machines do: who grants tickets is a controller, who connects to several is the source itself. */
    learn(event: AgentEvent): void {
      const host = hostOf(event.agent_instance);
      if (grantsTickets(event)) isController(event, host);
      const connection = connectionOf(event);
      if (connection === undefined) return;
      if (options.controller_ports.includes(connection.port)) {
        isController(event, connection.place);
        isController(event, host);
        oriented.set(sourceOf(event), event.time, true);
      }
      const key = pairOf(event, host);
      const before = reached.get(key);
      if (before === undefined) reached.set(key, event.time, connection.place);
      else if (before !== connection.place) roles.set(key, event.time, 'self');
    },

    /** The story of a pair, when it has enough kinds of signs. It then begins anew. */
    see(event: AgentEvent, sign: Sign): Story | undefined {
      // Until its controller is known, any address may be that.
      if (sign.kind === 'client' && !oriented.get(sourceOf(event))) return undefined;
      for (const place of sign.places) {
        const key = pairOf(event, place);
        const role = roles.get(key);
        if (role === 'self') continue;
        const pair = withSign(pairs.get(key), event, sign, options);
        const seen = telling(live(pair, event, options.window_ms), role);
        const fires = pair.days < options.habit_days && seen.length >= options.signs_min;
        pairs.set(key, event.time, fires ? { ...pair, seen: {} } : pair);
        if (fires) return { place, seen };
      }
      return undefined;
    },
  };
}

function withSign(known: Pair | undefined, event: AgentEvent, { kind, port }: Sign, options: Options): Pair {
  const { event_id: id, time, credential, credential_handles } = event;
  const sign = { kind, time, id, port, credential, handles: { ...credential_handles } };
  if (known === undefined || time - known.last > options.habit_forget_ms)
    return { days: 0, last: time, seen: { [kind]: sign } };
  const isNextDay = Math.floor(time / DAY_MS) > Math.floor(known.last / DAY_MS);
  return {
    days: isNextDay ? known.days + 1 : known.days,
    last: Math.max(time, known.last),
    seen: { ...known.seen, [kind]: sign },
  };
}

/** Signs of the window, oldest first. One connection by a process of a person is one sign, not two. */
function live({ seen }: Pair, event: AgentEvent, window_ms: number): readonly Seen[] {
  const all = Object.values(seen).filter(({ time }) => Math.abs(event.time - time) <= window_ms);
  const isSame = seen.client !== undefined && seen.client.port === seen.connection?.port;
  return all.filter(({ kind }) => kind !== 'client' || !isSame).sort((a, b) => a.time - b.time);
}

/** Everybody connects to a controller and logs on there; what few do is to control its services. */
function telling(seen: readonly Seen[], role: Role | undefined): readonly Seen[] {
  if (role !== 'controller') return seen;
  const told = seen.filter(({ kind }) => kind === 'identity' || kind === 'control');
  return told.some(({ kind }) => kind === 'control') ? told : [];
}

export function credentialOf(seen: readonly Seen[]): Pick<Finding, 'about'> & { credential: string } {
  const [first, ...rest] = seen.filter(({ credential }) => credential !== '');
  if (first === undefined || rest.some(({ credential }) => credential !== first.credential)) return { credential: '' };
  return {
    credential: first.credential,
    about: { credential: first.credential, credential_handles: first.handles },
  };
}
