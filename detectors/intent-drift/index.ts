import { map, filter as where } from 'rxjs';
import type { Severity } from '../../src/alert/alert.ts';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent, ToolClass } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';
import { outsideOf, type Scope, watchScopes } from './scopes.ts';

export const intentDrift = detector({
  id: 'intent-drift',
  version: 1,
  meta,
  config,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'lifecycle',
    'agent_id',
    'session',
    'task',
    'tool_name',
    'tool_class',
    'target',
    'outcome',
    'cost_usd',
    'scope_tools',
    'scope_targets',
    'marks',
    'attributes',
  ],
  attack,
  detect(options, windows) {
    const scopes = watchScopes(options, windows);
    const spent = windows.cell<number>({ name: 'spent' });
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    const call = (event: AgentEvent, scope: Scope): Finding | undefined => {
      const outside = outsideOf(scope, event);
      if (outside === undefined) return undefined;
      const story = keyOf(event.tenant, event.agent_id, scope.of || event.session, outside, event.tool_name);
      return stories.pass(story, event.time) ? strayed(event, scope, outside) : undefined;
    };
    const spend = (event: AgentEvent, scope: Scope): Finding | undefined => {
      if (!(event.cost_usd > 0) || scope.cost_usd_max === undefined) return undefined;
      const purse = keyOf(event.tenant, event.agent_id, scope.of || event.session);
      const before = spent.get(purse) ?? 0;
      const after = before + event.cost_usd;
      spent.set(purse, event.time, after);
      return before <= scope.cost_usd_max && after > scope.cost_usd_max ? overspent(event, scope, after) : undefined;
    };

    return (events) =>
      events.pipe(
        map((event) => {
          if (event.kind === 'lifecycle') {
            scopes.learn(event);
            return undefined;
          }
          const scope = event.agent_id === '' ? undefined : scopes.of(event);
          if (scope === undefined) return undefined;
          return spend(event, scope) ?? (isCall(event) ? call(event, scope) : undefined);
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isCall({ kind, outcome, marks }: AgentEvent): boolean {
  return kind === 'tool_call' && outcome !== 'pending' && !marks.includes('service_hop');
}

const GRAVE: ReadonlySet<string> = new Set<ToolClass>(['send', 'share', 'pay', 'delete', 'identity', 'execute']);
const HARMLESS: ReadonlySet<string> = new Set<ToolClass>(['read', 'other']);

function severityOf({ tool_class, outcome }: AgentEvent): Severity {
  if (HARMLESS.has(tool_class)) return 'low';
  return GRAVE.has(tool_class) && outcome !== 'denied' ? 'high' : 'medium';
}

function strayed(event: AgentEvent, scope: Scope, outside: 'tool' | 'target'): Finding {
  const { agent_id, tool_name, tool_class, target, time, event_id } = event;
  const allowed = (outside === 'tool' ? scope.tools : scope.targets).slice(0, 8).join(', ');
  const what =
    outside === 'tool' ? `called ${tool_name} (${tool_class || 'other'})` : `reached ${target} with ${tool_name}`;
  return {
    ...about(event),
    reason: `outside_${outside}s`,
    severity: severityOf(event),
    confidence: 0.8,
    summary: `Agent ${agent_id} ${what}, which the scope of ${scope.of || 'its configuration'} does not name: ${allowed}.`,
    event_ids: [event_id],
    window_from: time,
    window_to: time,
    threshold_name: `scope_${outside}s`,
    threshold: 0,
    observed: 1,
    evidence: { [outside]: outside === 'tool' ? tool_name : target, allowed },
  };
}

function overspent(event: AgentEvent, { cost_usd_max = 0, of }: Scope, spent: number): Finding {
  return {
    ...about(event),
    reason: 'overspent',
    severity: 'medium',
    confidence: 0.9,
    summary: `Agent ${event.agent_id} spent ${spent.toFixed(2)} USD in ${of || event.session || 'a session'}, of ${cost_usd_max.toFixed(2)} that its scope allows.`,
    event_ids: [event.event_id],
    window_from: event.time,
    window_to: event.time,
    threshold_name: 'cost_usd_max',
    threshold: cost_usd_max,
    observed: spent,
  };
}

function about({ session, agent_id }: AgentEvent): Pick<Finding, 'subject_kind' | 'subject'> {
  return session === '' ? { subject_kind: 'agent', subject: agent_id } : { subject_kind: 'session', subject: session };
}
