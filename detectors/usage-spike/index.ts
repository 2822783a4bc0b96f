import { filter, map } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { watchBudget } from './budget.ts';
import { config } from './config.ts';
import { overrunOf, spikeOf } from './finding.ts';
import { meta } from './meta.ts';
import { watchPast } from './past.ts';
import { usageOf } from './usage.ts';

export const usageSpike = detector({
  id: 'usage-spike',
  version: 1,
  meta,
  config,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'producer',
    'agent_id',
    'session',
    'tokens_in',
    'tokens_out',
    'cost_usd',
  ],
  kinds: ['model_usage'],
  attack,
  detect(options, windows) {
    const { window_ms, quiet_ms, keys_max } = options;
    const agents = watchPast(options, windows, { name: 'windows', keys_max });
    const sessions = watchPast(options, windows, { name: 'sessions', keys_max });
    const agentBudget = watchBudget(options, windows, 'agent');
    const sessionBudget = watchBudget(options, windows, 'session');
    const stories = windows.suppress({ name: 'stories', window_ms: quiet_ms, keys_max });

    /** The session where it has a name: it is narrower. All four count, whichever is told. */
    const see = (event: AgentEvent): Finding | undefined => {
      const { tenant, producer, agent_id, session, time } = event;
      const usage = usageOf(event);
      // Agent and gateway may both tell of one answer of a model: each is added up apart.
      const agent = keyOf(tenant, producer, agent_id);
      const own = session === '' ? undefined : keyOf(agent, session);
      const overSession = own && sessionBudget.see(own, time, usage);
      const overAgent = agentBudget.see(agent, time, usage);
      const bySession = own && sessions.see(agent, time, session, usage);
      const byAgent = agents.see(agent, time, String(Math.floor(time / window_ms)), usage);
      const tell = (what: 'budget' | 'spike') => stories.pass(keyOf(tenant, agent_id, what), time);
      const over = overSession ?? overAgent;
      if (over && tell('budget')) return overrunOf(event, over, overSession ? 'session' : 'agent', options);
      const spike = bySession ?? byAgent;
      if (spike && tell('spike')) return spikeOf(event, spike, bySession ? 'session' : 'agent', options);
      return undefined;
    };

    return (events) =>
      events.pipe(
        filter(({ kind, agent_id }) => kind === 'model_usage' && agent_id !== ''),
        map(see),
        filter((finding) => finding !== undefined),
      );
  },
});
