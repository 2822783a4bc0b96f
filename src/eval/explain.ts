import type { Alert } from '../alert/alert.ts';
import { DetectConfig } from '../detect/config.ts';
import type { Detector } from '../detect/detector.ts';
import type { AgentEvent } from '../event/event.ts';
import type { Policy } from '../respond/policy.ts';
import { acts } from './act.ts';
import type { Corpus } from './corpus.ts';
import { judge } from './judge.ts';

export interface ExplainOptions {
  corpus: Corpus;
  alerts: readonly Alert[];
  policy: Policy;
  detectors: readonly Detector[];
  config: DetectConfig;
  /** Case to explain: a run, a technique, a scenario. */
  id: string;
}

/** A case in lines: its events, what fired at which, and for the silent detectors the nearest option that would have made them fire. Undefined when there is no such case. */
export function explain(options: ExplainOptions): string[] | undefined {
  const { corpus, alerts, policy, detectors, id } = options;
  const known = corpus.cases.get(id);
  if (known === undefined) return undefined;
  const events = corpus.events.filter(({ event_id }) => corpus.places.get(event_id)?.case_id === id);
  const ids = new Set(events.map(({ event_id }) => event_id));
  const mine = alerts.filter(({ event_ids }) => event_ids.some((event_id) => ids.has(event_id)));
  const truth = known.truth ?? known.hard.join(', ');
  const start = events[0]?.time ?? 0;
  const lines = [`${corpus.file} ${id}: ${truth}, ${corpus.calls.get(id) ?? 0} calls`];
  for (const event of events) {
    lines.push(eventLine(event, start));
    for (const alert of mine.filter((each) => lastOf(each, ids) === event.event_id))
      lines.push(`           ${acts(alert, policy) ? 'ACT  ' : 'ALERT'} ${alertLine(alert)}`);
  }
  const silent = detectors.filter((detector) => !mine.some((alert) => alert.detector === detector.id));
  return [...lines, ...silent.map((detector) => silentLine(detector, events, options.config))];
}

function lastOf({ event_ids }: Alert, ids: ReadonlySet<string>): string | undefined {
  return event_ids.findLast((event_id) => ids.has(event_id));
}

function eventLine(event: AgentEvent, start: number): string {
  const seconds = ((event.time - start) / 1000).toFixed(1).padStart(8);
  const what = event.kind === 'tool_call' ? `${event.tool_name} (${event.tool_class})` : event.lifecycle || event.kind;
  const rest = [event.outcome, event.error_type, event.target, ...event.marks].filter((text) => text !== '');
  return `${seconds} s  ${what}  ${rest.join('  ')}`.replace(/\p{Cc}/gu, ' ');
}

function alertLine({ detector, reason, confidence, summary, threshold_name, threshold, observed }: Alert): string {
  return `${detector} ${reason} ${confidence}: ${summary} (${threshold_name} ${threshold}, observed ${observed})`;
}

function silentLine(detector: Detector, events: readonly AgentEvent[], config: DetectConfig): string {
  const nearest = nearestOption(detector, events, config);
  return `  ${detector.id}: silent; ${nearest ?? 'no single option, moved by itself, would have made it fire'}`;
}

/** The option that has to move least, as a share of its value, for the detector to fire on these events alone. */
function nearestOption(detector: Detector, events: readonly AgentEvent[], config: DetectConfig): string | undefined {
  const own = detector.config.parse(config.detectors[detector.id]?.config ?? {}) as Record<string, unknown>;
  const found: { text: string; moved: number }[] = [];
  for (const [name, value] of Object.entries(own)) {
    if (typeof value !== 'number' || value === 0) continue;
    const first = candidates(value).find((candidate) => fires(detector, { ...own, [name]: candidate }, events));
    if (first === undefined) continue;
    found.push({ text: `it fires with ${name} ${first} instead of ${value}`, moved: Math.abs(first - value) / value });
  }
  return found.sort((a, b) => a.moved - b.moved)[0]?.text;
}

/** Nearer ones first. */
function candidates(value: number): number[] {
  const factors = [0.9, 1.1, 0.8, 1.25, 0.66, 1.5, 0.5, 2, 0.33, 0.25, 4, 0.1, 10];
  const moved = factors.map((factor) => (Number.isInteger(value) ? Math.round(value * factor) : value * factor));
  return [...new Set(moved)].filter((candidate) => candidate !== value);
}

function fires(detector: Detector, options: object, events: readonly AgentEvent[]): boolean {
  if (!detector.config.safeParse(options).success) return false;
  const config = DetectConfig.parse({ detectors: { [detector.id]: { config: options } } });
  return judge(events, { detectors: [detector], config }).some((alert) => alert.detector === detector.id);
}
