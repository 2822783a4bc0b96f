import type { Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Recent, Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { watchRevoked } from '../reaction.ts';
import { type Call, callOf, isThrottled, type Scope, scopeOf } from './call.ts';
import type { RetryStormConfig } from './config.ts';
import { deniedBurst, judge, toolFailures, type Verdict } from './judge.ts';

/** Handles one event after the other and returns what it finds. */
export function createStorm(config: RetryStormConfig, windows: Windows): (event: AgentEvent) => Finding | undefined {
  const { keys_max } = config;
  const calls = windows.recent<Call>({ name: 'calls', keys_max, entries_max: config.calls_max });
  const byTool = windows.recent<Call>({ name: 'tool_failures', keys_max, entries_max: config.tool_failures });
  const denied = windows.recent<Call>({ name: 'denied', keys_max, entries_max: config.denied_uses });
  const throttled = windows.cell<Wait>({ name: 'throttled', keys_max });
  const reaction = watchRevoked(config, windows);
  const told = windows.suppress({ name: 'told', keys_max, window_ms: config.suppress_ms });

  const onLifecycle = (event: AgentEvent): undefined => {
    reaction.learn(event);
    if (event.lifecycle === 'task_started' || event.lifecycle === 'session_ended') calls.reset(scopeOf(event).key);
  };

  /** A client that was told to wait, and waits, or waits longer each time. */
  const isPatient = (event: AgentEvent, tool: string): boolean => {
    if (!isThrottled(event)) {
      throttled.delete(tool);
      return false;
    }
    const before = throttled.get(tool);
    const gap_ms = before === undefined ? 0 : Math.max(0, event.time - before.time);
    throttled.set(tool, event.time, { time: event.time, gap_ms });
    return before === undefined || gap_ms >= config.throttle_wait_ms || gap_ms > before.gap_ms;
  };

  const onCall = (event: AgentEvent): Finding | undefined => {
    const scope = scopeOf(event);
    const tool = keyOf(scope.key, event.tool_name);
    if (isPatient(event, tool)) return undefined;
    const call = callOf(event);
    const verdict =
      judge(within(calls, scope.key, call, config.window_ms), config) ??
      (call.failed ? toolFailures(within(byTool, tool, call, config.window_ms), config) : undefined);
    if (!call.failed) byTool.reset(tool);
    if (verdict === undefined || !told.pass(scope.key, event.time)) return undefined;
    return findingOf(verdict, scope);
  };

  const onUse = (event: AgentEvent): Finding | undefined => {
    // A token that is not valid at all is refused with 401: there is nothing left to take away.
    if (event.outcome !== 'denied' || event.error_status === 401 || isThrottled(event)) return undefined;
    const who = event.credential || event.agent_id;
    const key = keyOf(event.tenant, who, event.target);
    const uses = within(denied, key, callOf(event), config.denied_window_ms);
    const verdict = deniedBurst(uses, event.target, config);
    if (verdict === undefined || !told.pass(key, event.time)) return undefined;
    const subject_kind = event.credential === '' ? 'agent' : 'credential';
    return { ...findingOf(verdict, { subject_kind, subject: who, key }), severity: 'high' };
  };

  return (event) => {
    if (event.kind === 'lifecycle') return onLifecycle(event);
    // A service that acts for itself is nobody's agent.
    if (event.outcome === 'pending' || event.marks.includes('service_hop') || reaction.isEcho(event)) return undefined;
    if (event.kind === 'tool_call') return onCall(event);
    return event.kind === 'token_use' ? onUse(event) : undefined;
  };
}

interface Wait {
  time: number;
  /** Wait before it. */
  gap_ms: number;
}

/** Adds a call; what is left of the last ones within `window_ms`, oldest first. */
function within(calls: Recent<Call>, key: string, call: Call, window_ms: number): readonly Call[] {
  return calls.push(key, call.time, call).filter(({ time }) => call.time - time <= window_ms);
}

function findingOf({ calls, ...verdict }: Verdict, { subject_kind, subject }: Scope): Finding {
  const tools = [...new Set(calls.map(({ tool }) => tool))];
  const errors = [...new Set(calls.flatMap(({ error }) => (error === '' ? [] : [error])))];
  return {
    ...verdict,
    subject_kind,
    subject,
    event_ids: calls.map(({ id }) => id),
    producers: [...new Set(calls.map(({ producer }) => producer))],
    window_from: Math.min(...calls.map(({ time }) => time)),
    window_to: Math.max(...calls.map(({ time }) => time)),
    evidence: {
      calls: String(calls.length),
      tools: tools.join(', ').slice(0, 500),
      errors: errors.join(', ').slice(0, 500),
    },
  };
}
