import { resolveTime } from '../time/format.ts';

/** What the alerts page shows; the address holds it, so that a link shows the same. */
export interface Filter {
  from: string;
  to: string;
  severity: string[];
  detector: string[];
  agent_id: string;
  credential: string;
  session: string;
  q: string;
  /** How far the response is; empty for any. */
  response: Response | '';
  group: 'incident' | 'none';
  sort: 'risk' | 'time';
  /** Row that is open; `-` where the panel was closed. */
  sel: string;
}

export const DEFAULT: Readonly<Filter> = {
  from: 'now-24h',
  to: 'now',
  severity: [],
  detector: [],
  agent_id: '',
  credential: '',
  session: '',
  q: '',
  response: '',
  group: 'incident',
  sort: 'risk',
  sel: '',
};

export const RESPONSES = ['none', 'wait', 'busy', 'bad', 'good'] as const;
export type Response = (typeof RESPONSES)[number];

const LISTS = ['severity', 'detector'] as const;
const TEXTS = ['agent_id', 'credential', 'session', 'q', 'sel'] as const;
const TIMES = ['from', 'to'] as const;

export interface Decoded {
  filter: Filter;
  /** What the address says and nobody understands: shown, not dropped in silence. */
  ignored: [name: string, value: string][];
}

export function decode(search: string): Decoded {
  const filter: Filter = { ...DEFAULT };
  const ignored: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(search)) if (!take(filter, name, value)) ignored.push([name, value]);
  return { filter, ignored };
}

function take(filter: Filter, name: string, value: string): boolean {
  if (value === '') return true;
  if (isOne(LISTS, name)) {
    filter[name] = [...new Set(value.split(',').filter((one) => one !== ''))];
    return true;
  }
  if (isOne(TEXTS, name)) {
    filter[name] = value;
    return true;
  }
  if (isOne(TIMES, name) && resolveTime(value, 0) !== undefined) {
    filter[name] = value;
    return true;
  }
  if (name === 'response' && isOne(RESPONSES, value)) {
    filter.response = value;
    return true;
  }
  if (name === 'group' && (value === 'incident' || value === 'none')) {
    filter.group = value;
    return true;
  }
  if (name === 'sort' && (value === 'risk' || value === 'time')) {
    filter.sort = value;
    return true;
  }
  return false;
}

function isOne<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** The shortest address that decodes to the same. */
export function encode(filter: Filter, ignored: readonly [string, string][] = []): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    const text = Array.isArray(value) ? value.join(',') : String(value);
    const usual = DEFAULT[name as keyof Filter];
    if (text !== (Array.isArray(usual) ? '' : usual)) params.set(name, text);
  }
  for (const [name, value] of ignored) params.append(name, value);
  return params.toString();
}

/** Relative times made absolute: a link to hand on shows the same rows later. */
export function frozen(filter: Filter, now: number): Filter {
  const iso = (text: string) => new Date(resolveTime(text, now) ?? now).toISOString();
  return { ...filter, from: iso(filter.from), to: iso(filter.to) };
}

/** The same as parameters of the API. */
export function apiParams(filter: Filter, now: number): Record<string, string | undefined> {
  const iso = (text: string) => new Date(resolveTime(text, now) ?? now).toISOString();
  const list = (values: string[]) => (values.length === 0 ? undefined : values.join(','));
  return {
    from: iso(filter.from),
    to: filter.to === 'now' ? undefined : iso(filter.to),
    severity: list(filter.severity),
    detector: list(filter.detector),
    agent_id: filter.agent_id || undefined,
    credential: filter.credential || undefined,
    session: filter.session || undefined,
    q: filter.q || undefined,
    response: filter.response || undefined,
  };
}

/** Whether anything but time, order and selection narrows what is shown. */
export function isNarrowed({ severity, detector, agent_id, credential, session, q, response }: Filter): boolean {
  return (
    severity.length + detector.length > 0 || [agent_id, credential, session, q, response].some((text) => text !== '')
  );
}
