import type { AgentEvent, ToolClass } from '../../src/event/event.ts';
import { valueKind } from '../../src/event/value-kind.ts';
import { type Authority, clarityOf, inScope, names } from './authority.ts';

/** A result that was seen. Plain data. */
export interface Result {
  id: string;
  time: number;
  producer: string;
  tool: string;
  tool_class: string;
  values: readonly number[];
}

/** A value of the arguments that stood in an earlier result. */
export interface Flow {
  value: number;
  result: Result;
  fresh: boolean;
}

/** Calls that leave the session or cannot be taken back. */
const OUTBOUND: ReadonlySet<string> = new Set<ToolClass>(['send', 'share', 'pay', 'delete', 'identity']);
/** What they act on need not be an address: a key, a repository, a file. */
const ON_OBJECTS: ReadonlySet<string> = new Set<ToolClass>(['share', 'delete', 'identity']);
/** Calls by which what was read gets to somebody else. */
const DISCLOSING: ReadonlySet<string> = new Set<ToolClass>(['send', 'share', 'pay']);
const DESTINATION: ReadonlySet<string | undefined> = new Set(['email', 'url', 'host', 'account', 'phone']);

export const isOutbound = ({ tool_class }: AgentEvent) => OUTBOUND.has(tool_class);
export const isDestination = (value: number) => DESTINATION.has(valueKind(value));
/** Short texts and numbers stand in many results by chance. */
export const isTelling = (value: number) => valueKind(value) !== 'text' && valueKind(value) !== 'amount';

/** What a call shows, each sign by itself. */
export interface Signs {
  /** Not among the classes that the request names, or outside the declared scope. */
  unasked: boolean;
  /** Goes to an address, account or host that no request names and that the session has not used. */
  new_destination: boolean;
  /** That destination itself stood in a result. */
  found_destination: Flow | undefined;
  /** What was read from a place for secrets, or a secret in a result, is among the arguments. */
  secret: Flow | undefined;
  /** The door found a secret in what is handed over. */
  exposed: boolean;
}

export interface Chain {
  reason: 'secret_sent' | 'unasked_action' | 'found_destination';
  signs: number;
  confidence: number;
  flows: readonly Flow[];
}

export interface Call {
  event: AgentEvent;
  authority: Authority;
  flows: readonly Flow[];
  /** Destinations of its arguments that no request names, first used here. */
  destinations: readonly number[];
  /** True when it acts on something that the session acted on before, or that a request names. */
  own: boolean;
}

export function signsOf({ event, authority, flows, destinations }: Call): Signs {
  const clarity = clarityOf(authority);
  const scope = inScope(authority, event);
  return {
    unasked:
      scope === false || ((clarity === 'acting' || clarity === 'reading') && !names(authority, event.tool_class)),
    new_destination: destinations.length > 0,
    found_destination: flows.find(({ value }) => destinations.includes(value)),
    secret: flows.find(
      ({ value, result }) =>
        !destinations.includes(value) && (result.tool_class === 'secret_read' || valueKind(value) === 'secret'),
    ),
    exposed: DISCLOSING.has(event.tool_class) && event.marks.includes('secret_exposure'),
  };
}

/** The chain that a call completes. Data flow alone is no chain: most honest work passes on what it has read. */
export function chainOf(call: Call, signs: Signs): Chain | undefined {
  const { event, authority } = call;
  if (inScope(authority, event) === true) return undefined;
  return secretSent(event, authority, signs) ?? unaskedAction(call, signs);
}

function secretSent(event: AgentEvent, authority: Authority, signs: Signs): Chain | undefined {
  const { secret, found_destination, new_destination, unasked, exposed } = signs;
  if (secret === undefined || !DISCLOSING.has(event.tool_class) || !new_destination) return undefined;
  const clarity = clarityOf(authority);
  const fires =
    clarity === 'acting' || clarity === 'reading'
      ? // Who asks for a secret to be read and sent may have it sent to whom the address book names.
        unasked || !names(authority, 'secret_read')
      : found_destination !== undefined || exposed;
  if (!fires) return undefined;
  return {
    reason: 'secret_sent',
    signs: 2 + (unasked ? 1 : 0) + (exposed ? 1 : 0),
    confidence: 0.95,
    flows: found_destination ? [secret, found_destination] : [secret],
  };
}

function unaskedAction({ event, authority, flows, own }: Call, signs: Signs): Chain | undefined {
  const fresh = flows.filter(({ value, fresh: isFresh }) => isFresh && isTelling(value));
  const { unasked, new_destination, found_destination } = signs;
  if (!unasked || fresh.length === 0) return undefined;
  const outside = inScope(authority, event) === false;
  if (clarityOf(authority) === 'acting' || outside) {
    if (!new_destination && (own || !ON_OBJECTS.has(event.tool_class))) return undefined;
    const signs_count = 1 + (new_destination ? 1 : 0) + (found_destination ? 1 : 0) + (outside ? 1 : 0);
    return {
      reason: 'unasked_action',
      signs: signs_count,
      confidence: signs_count > 1 ? 0.8 : 0.65,
      flows: found_destination ? [found_destination] : fresh.slice(0, 1),
    };
  }
  // The request may hand over to what is read: worth a look, and no more.
  if (found_destination === undefined) return undefined;
  return { reason: 'found_destination', signs: 1, confidence: 0.55, flows: [found_destination] };
}
