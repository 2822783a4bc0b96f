import type { SubjectKind } from '../../src/alert/alert.ts';
import type { Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { type Authority, isWord, NOTHING_SAID, widened } from './authority.ts';
import type { ToolChainingConfig } from './config.ts';
import { findingOf } from './finding.ts';
import { type Call, chainOf, type Flow, isDestination, isTelling, isWeighed, type Result, signsOf } from './signs.ts';

export interface Scope {
  subject_kind: SubjectKind;
  subject: string;
  key: string;
}

/** Handles one event after the other and returns what it finds. */
export function createChain(config: ToolChainingConfig, windows: Windows): (event: AgentEvent) => Finding | undefined {
  const { keys_max, window_ms } = config;
  const authorities = windows.cell<Authority>({ name: 'authorities', keys_max });
  const results = windows.recent<Result>({ name: 'results', keys_max, entries_max: config.results_max });
  const secrets = windows.recent<Result>({ name: 'secrets', keys_max, entries_max: config.secrets_max });
  const used = windows.firstSeen({ name: 'used', keys_max, entries_max: config.destinations_max });
  const told = windows.suppress({ name: 'told', keys_max, window_ms: config.suppress_ms });

  const authorityOf = (key: string, event: AgentEvent): Authority => {
    const known = authorities.get(key) ?? NOTHING_SAID;
    const wider = widened(known, event, config.request_values_max);
    if (wider !== known) authorities.set(key, event.time, wider);
    return wider;
  };

  /** Where the values of the arguments came from: the newest result that shows each, secrets first. */
  const flowsOf = (key: string, event: AgentEvent, named: ReadonlySet<number>): Flow[] => {
    const wanted = new Set(event.args_values.filter((value) => !isWord(value) && !named.has(value)));
    const recent = results.get(key);
    const flows: Flow[] = [];
    const search = (list: readonly Result[], fresh: (at: number) => boolean) => {
      for (let at = list.length - 1; at >= 0 && wanted.size > 0; at -= 1) {
        const result = list[at]!;
        if (event.time - result.time > window_ms) continue;
        for (const value of result.values) if (wanted.delete(value)) flows.push({ value, result, fresh: fresh(at) });
      }
    };
    search(secrets.get(key), () => false);
    search(recent, (at) => recent.length - at <= config.fresh_results);
    return flows;
  };

  const callOf = (key: string, event: AgentEvent, authority: Authority): Call => {
    const named = new Set(authority.values);
    const flows = flowsOf(key, event, named);
    const values = event.args_values.filter((value) => !isWord(value));
    const words = event.args_values.filter(isWord);
    const known = values.map((value) => named.has(value) || used.has(key, String(value)));
    const destinations = values.filter((value, at) => isDestination(value) && !known[at]);
    const asked = new Set(authority.words);
    const words_named = words.filter((word) => asked.has(word)).length;
    return { event, authority, flows, destinations, own: known.includes(true), words: words.length, words_named };
  };

  const learn = (key: string, event: AgentEvent): void => {
    const acts = !READS.has(event.tool_class);
    for (const value of event.args_values)
      if (!isWord(value) && (acts || isDestination(value))) used.add(key, event.time, String(value));
    if (event.result_values.length === 0) return;
    // What an agent said itself does not come from the result that repeats it.
    const said = new Set(event.args_values);
    const values = event.result_values.filter((value) => !said.has(value) && !used.has(key, String(value)));
    const { event_id: id, time, producer, tool_name: tool, tool_class } = event;
    const secret = tool_class === 'secret_read';
    // Short texts tell nothing, unless somebody keeps them where secrets are kept.
    const kept = secret ? values : values.filter(isTelling);
    if (kept.length > 0)
      (secret ? secrets : results).push(key, time, { id, time, producer, tool, tool_class, values: kept });
  };

  return (event) => {
    const scope = scopeOf(event);
    const authority = authorityOf(scope.key, event);
    if (event.kind !== 'tool_call') return undefined;
    // What was refused went nowhere.
    const call = isWeighed(event) && event.outcome !== 'denied' ? callOf(scope.key, event, authority) : undefined;
    learn(scope.key, event);
    if (call === undefined) return undefined;
    const signs = signsOf(call);
    const chain = chainOf(call, signs);
    if (chain === undefined || chain.signs < config.signs_min) return undefined;
    // A weak finding must not keep a strong one from being told.
    if (!told.pass(keyOf(scope.key, chain.signs > 1 ? 'strong' : 'weak'), event.time)) return undefined;
    return findingOf(call, signs, chain, scope, config);
  };
}

const READS: ReadonlySet<string> = new Set(['read', 'secret_read', 'other']);

/** The narrowest that the event names. What one session read does not flow into another. */
function scopeOf({ tenant, agent_id, agent_instance, session }: AgentEvent): Scope {
  const [subject_kind, subject]: [SubjectKind, string] = session
    ? ['session', session]
    : agent_instance
      ? ['agent_instance', agent_instance]
      : ['agent', agent_id];
  return { subject_kind, subject, key: keyOf(tenant, agent_id, subject_kind, subject) };
}
