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

const WEB: ReadonlySet<string | undefined> = new Set(['url', 'host']);
/** Kinds by which a request says where something is. */
const PLACES: ReadonlySet<string | undefined> = new Set(['url', 'host', 'email', 'account', 'path', 'id']);

/** Calls that can complete a chain: those that act, and those that go to an address. */
export const isWeighed = ({ tool_class, args_values }: AgentEvent) =>
  OUTBOUND.has(tool_class) || tool_class === 'write' || args_values.some((value) => WEB.has(valueKind(value)));
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
  /** What is said shares hardly a word with any request. */
  off_topic: boolean;
  /** The door found a secret in what is handed over. */
  exposed: boolean;
}

export interface Chain {
  reason: 'secret_sent' | 'unasked_action' | 'off_topic' | 'stray_address' | 'found_destination';
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
  /** Words of its arguments, and those of them that a request has too. */
  words: number;
  words_named: number;
  /** True when it acts on something that the session acted on before, or that a request names. */
  own: boolean;
}

/** A text of fewer words is about nothing yet. */
const WORDS_MIN = 2;
/** One word in ten is shared by chance. */
const SHARED_MAX = 0.1;
/** A request of so many words would have said something of what is sent for it. */
const RICH_WORDS = 8;

export function signsOf({ event, authority, flows, destinations, words, words_named }: Call): Signs {
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
    off_topic: authority.words.length >= WORDS_MIN && words >= WORDS_MIN && words_named / words <= SHARED_MAX,
    exposed: DISCLOSING.has(event.tool_class) && event.marks.includes('secret_exposure'),
  };
}

/** The chain that a call completes. Data flow alone is no chain: most honest work passes on what it has read. */
export function chainOf(call: Call, signs: Signs): Chain | undefined {
  const { event, authority } = call;
  if (inScope(authority, event) === true) return undefined;
  return (
    secretSent(event, authority, signs) ??
    strayAddress(call, signs) ??
    (isClear(authority) ? offTopic(call, signs) : undefined) ??
    unaskedAction(call, signs)
  );
}

/** The words of the request can be relied on. */
function isClear(authority: Authority): boolean {
  const clarity = clarityOf(authority);
  return clarity === 'acting' || clarity === 'reading';
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

/** An address out of a result that has nothing to do with the request, although the request says where things are. */
function strayAddress({ event, authority, words_named }: Call, { found_destination }: Signs): Chain | undefined {
  if (found_destination === undefined || !WEB.has(valueKind(found_destination.value)) || words_named > 0)
    return undefined;
  // Who was told no place may have to look for one.
  const told = authority.values.some((value) => PLACES.has(valueKind(value)));
  const acts = OUTBOUND.has(event.tool_class) || event.tool_class === 'write';
  if (!told && !acts) return undefined;
  return { reason: 'stray_address', signs: 2, confidence: 0.85, flows: [found_destination] };
}

/** Something that nobody asked for, about something that nobody spoke of; or what was asked for, to somebody else about something else. */
function offTopic({ event, authority, flows, own }: Call, signs: Signs): Chain | undefined {
  const { off_topic, unasked, new_destination, found_destination } = signs;
  // An answer to what the request names is about that, whatever its words are.
  if (!off_topic || (own && !new_destination)) return undefined;
  const outbound = OUTBOUND.has(event.tool_class);
  const writes = event.tool_class === 'write';
  const origin = found_destination ? [found_destination] : flows.slice(0, 1);
  if (outbound && unasked) return { reason: 'off_topic', signs: 2, confidence: 0.9, flows: origin };
  if (!new_destination && !(writes && flows.length > 0)) return undefined;
  if (writes)
    return {
      reason: 'off_topic',
      signs: new_destination ? 2 : 1,
      confidence: new_destination ? 0.8 : 0.6,
      flows: origin,
    };
  const rich = authority.words.length >= RICH_WORDS;
  if (!outbound || !rich || flows.length === 0) return undefined;
  return { reason: 'off_topic', signs: 2, confidence: 0.8, flows: origin };
}

function unaskedAction({ event, authority, flows, own, words_named }: Call, signs: Signs): Chain | undefined {
  const telling = flows.filter(({ value }) => isTelling(value));
  const fresh = telling.filter((flow) => flow.fresh);
  const { unasked, new_destination, found_destination } = signs;
  if (!unasked || telling.length === 0) return undefined;
  const outside = inScope(authority, event) === false;
  if (clarityOf(authority) === 'acting' || outside) {
    const onObject = ON_OBJECTS.has(event.tool_class) && (!own || found_destination !== undefined);
    const toSomebody = new_destination && fresh.length > 0;
    if (!OUTBOUND.has(event.tool_class) || (!toSomebody && !onObject)) return undefined;
    const stranger = found_destination !== undefined && words_named === 0 && isClear(authority);
    // Words alone are a weak sign: what nobody asked for also has to be irrevocable, outside of what was declared, or for a
    // stranger that a result brought in.
    const signs_count = 1 + (onObject ? 1 : 0) + (outside ? 1 : 0) + (stranger ? 1 : 0);
    return {
      reason: 'unasked_action',
      signs: signs_count,
      confidence: signs_count > 1 ? 0.8 : 0.65,
      flows: found_destination ? [found_destination] : [...fresh, ...telling].slice(0, 1),
    };
  }
  // The request may hand over to what is read: worth a look, and no more.
  if (found_destination === undefined) return undefined;
  return { reason: 'found_destination', signs: 1, confidence: 0.55, flows: [found_destination] };
}
