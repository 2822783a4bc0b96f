import type { Finding } from '../../src/detect/detector.ts';
import { duration } from '../../src/detect/words.ts';
import { valueKind } from '../../src/event/value-kind.ts';
import type { Scope } from './chain.ts';
import type { ToolChainingConfig } from './config.ts';
import type { Call, Chain, Result, Signs } from './signs.ts';

export function findingOf(
  call: Call,
  signs: Signs,
  chain: Chain,
  { subject_kind, subject }: Scope,
  { signs_min }: ToolChainingConfig,
): Finding {
  const { event, authority } = call;
  const steps = stepsOf(chain);
  return {
    reason: chain.reason,
    subject_kind,
    subject,
    severity: chain.signs >= 2 ? 'high' : 'medium',
    confidence: chain.confidence,
    summary: summaryOf(call, signs, chain, steps),
    event_ids: [...steps.map(({ id }) => id), event.event_id],
    producers: [...new Set(steps.map(({ producer }) => producer))],
    window_from: Math.min(event.time, ...steps.map(({ time }) => time)),
    window_to: event.time,
    threshold_name: 'signs_min',
    threshold: signs_min,
    observed: chain.signs,
    evidence: {
      chain: [
        ...steps.map(({ tool, tool_class }) => `${short(tool)} (${tool_class})`),
        `${short(event.tool_name)} (${event.tool_class})`,
      ].join(' > '),
      signs: saidOf(signs).join(', '),
      request_classes: authority.classes.join(', ') || 'not known',
      target: event.target.slice(0, 200),
    },
  };
}

function stepsOf({ flows }: Chain): Result[] {
  const byId = new Map(flows.map(({ result }) => [result.id, result]));
  return [...byId.values()].sort((a, b) => a.time - b.time);
}

function saidOf({ unasked, off_topic, new_destination, found_destination, secret, exposed }: Signs): string[] {
  return [
    ...(secret ? ['secret read before'] : []),
    ...(exposed ? ['secret in the arguments'] : []),
    ...(unasked ? ['not asked for'] : []),
    ...(off_topic ? ['shares no words with the request'] : []),
    ...(new_destination ? ['destination that no request names'] : []),
    ...(found_destination ? ['destination out of a result'] : []),
  ];
}

function summaryOf(call: Call, signs: Signs, { reason, flows }: Chain, steps: readonly Result[]): string {
  const { event } = call;
  const tool = short(event.tool_name);
  const [flow] = flows;
  const source = flow && short(flow.result.tool);
  const before = steps[0] && ` ${duration(event.time - steps[0].time)} before`;
  const why = [
    ...(signs.unasked ? [`nobody asked for a call of class ${event.tool_class}`] : []),
    ...(signs.off_topic ? ['it shares no words with what was asked'] : []),
  ];
  const reasons = why.length > 0 ? `; ${why.join(', and ')}` : '';
  if (reason === 'stray_address')
    return `${tool} went to an address that no request names and that ${source} had returned${before}; it has nothing to do with what was asked.`;
  if (source === undefined) return `${tool} was called${whither(call, signs)}${reasons}.`;
  const what = reason === 'secret_sent' ? `a secret that ${source} had read` : `what ${source} had returned`;
  return `${tool} passed on ${what}${before}${whither(call, signs)}${reasons}.`;
}

/** Where it went, as far as nobody had named it. */
function whither({ destinations }: Call, { found_destination }: Signs): string {
  const [first] = destinations;
  if (first === undefined) return '';
  const kinds = [...new Set(destinations.map(valueKind))].join(', ');
  const found = found_destination ? ` and that came out of ${short(found_destination.result.tool)}` : '';
  const where =
    destinations.length === 1 ? `a destination (${kinds})` : `${destinations.length} destinations (${kinds})`;
  return `, to ${where} that no request names${found}`;
}

const short = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
