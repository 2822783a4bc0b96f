import type { AgentEvent, ToolClass } from '../../src/event/event.ts';
import { valueKind } from '../../src/event/value-kind.ts';

/** Words say what a text is about; they are no values that flow. */
export const isWord = (value: number) => valueKind(value) === 'word';

/** What a session was asked to do, as far as anybody said. Plain data. */
export interface Authority {
  /** Tool classes that the requests name. */
  classes: readonly string[];
  /** Values that stand in the requests, oldest first. */
  values: readonly number[];
  /** Words of the requests. */
  words: readonly number[];
  scope_tools: readonly string[];
  scope_targets: readonly string[];
}

export const NOTHING_SAID: Authority = { classes: [], values: [], words: [], scope_tools: [], scope_targets: [] };

const ACTING: ReadonlySet<string> = new Set<ToolClass>([
  'write',
  'execute',
  'send',
  'share',
  'pay',
  'delete',
  'identity',
]);

/** Adds what an event says about the request and the declared scope. The same object when it says nothing. */
export function widened(known: Authority, event: AgentEvent, values_max: number): Authority {
  const { request_classes, request_values, scope_tools, scope_targets } = event;
  if (request_classes.length + request_values.length + scope_tools.length + scope_targets.length === 0) return known;
  return {
    classes: union(known.classes, request_classes),
    values: union(
      known.values,
      request_values.filter((value) => !isWord(value)),
    ).slice(-values_max),
    words: union(known.words, request_values.filter(isWord)).slice(-values_max),
    scope_tools: scope_tools.length > 0 ? [...scope_tools] : known.scope_tools,
    scope_targets: scope_targets.length > 0 ? [...scope_targets] : known.scope_targets,
  };
}

const union = <T>(a: readonly T[], b: readonly T[]): T[] => [...new Set([...a, ...b])];

/**
 * How far the words of the request can be relied on. `open`: it names `other`, that is, something no class stands for.
 * `reading`: it names nothing but reading, which is also how a task is handed over ("do what the note says").
 */
export function clarityOf({ classes }: Authority): 'unknown' | 'open' | 'reading' | 'acting' {
  if (classes.length === 0) return 'unknown';
  if (classes.includes('other')) return 'open';
  return classes.some((name) => ACTING.has(name)) ? 'acting' : 'reading';
}

/** Whether the requests name a class. Who speaks of keys or passwords means to handle them. */
export function names({ classes }: Authority, tool_class: string): boolean {
  return classes.includes(tool_class) || (tool_class === 'identity' && classes.includes('secret_read'));
}

/** Whether a call lies in the declared scope; undefined where none was declared. */
export function inScope({ scope_tools, scope_targets }: Authority, event: AgentEvent): boolean | undefined {
  if (scope_tools.length + scope_targets.length === 0) return undefined;
  if (scope_tools.length > 0 && !scope_tools.includes(event.tool_name)) return false;
  return scope_targets.length === 0 || event.target === '' || scope_targets.some((one) => matches(one, event.target));
}

/** `*` stands for any text. Linear: a pattern from outside must not cost more. */
export function matches(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop()!;
  if (!text.startsWith(first!)) return false;
  let from = first!.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
