import { map, filter as where } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { watchDeclared } from '../lateral-movement/outside.ts';
import { watchRevoked } from '../reaction.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { findingOf, isIrreversible } from './finding.ts';
import { meta } from './meta.ts';
import { watchPast } from './past.ts';

export const firstSeen = detector({
  id: 'first-seen',
  version: 1,
  meta,
  config,
  key: 'agent',
  after_others: true,
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'producer',
    'lifecycle',
    'agent_id',
    'session',
    'task',
    'credential',
    'tool_name',
    'tool_server',
    'tool_class',
    'target',
    'outcome',
    'error_status',
    'marks',
    'scope_tools',
    'scope_targets',
  ],
  kinds: ['tool_call', 'token_use', 'lifecycle'],
  attack,
  detect(options, windows) {
    const past = watchPast(options, windows);
    const scope = watchDeclared(windows);
    const reaction = watchRevoked(options, windows);
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    const see = (event: AgentEvent): Finding | undefined => {
      if (!isCall(event) || reaction.isEcho(event)) return undefined;
      const agent = keyOf(event.tenant, event.agent_id);
      const learn = event.outcome !== 'denied' && !windows.underAlert(event) && !reaction.isRevoked(event);
      const news = past.see(event, learn);
      if (news === undefined || scope.names(agent, event)) return undefined;
      // What cannot be taken back is told thing by thing.
      const story = isIrreversible(event) ? keyOf(agent, event.tool_server, event.tool_name, news.place) : agent;
      return stories.pass(story, event.time) ? findingOf(event, news, options) : undefined;
    };

    return (events) =>
      events.pipe(
        map((event) => {
          if (event.kind !== 'lifecycle') return see(event);
          reaction.learn(event);
          scope.learn(keyOf(event.tenant, event.agent_id), event);
          return undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isCall({ kind, agent_id, outcome, marks }: AgentEvent): boolean {
  if (kind !== 'tool_call' && kind !== 'token_use') return false;
  return agent_id !== '' && outcome !== 'pending' && !marks.includes('service_hop');
}
