import { type ReactNode, useMemo } from 'react';
import type { AlertDetail, Calls, Order } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { storyOf } from '../pictures/story.ts';
import { StoryPicture } from '../pictures/story-picture.tsx';
import { SwimlanePicture } from '../pictures/swimlane-picture.tsx';
import { Load } from '../ui/panel.tsx';

const AROUND_MS = 10 * 60_000;

/** The credential's uses and the agent's calls, around the alert. */
export function Pictures({ alert, orders }: { alert: AlertDetail; orders: Order[] }): ReactNode {
  const around = {
    from: new Date(Date.parse(alert.window_from) - AROUND_MS).toISOString(),
    to: new Date(Date.parse(alert.window_to) + AROUND_MS).toISOString(),
  };
  const evidence = useMemo(() => new Set(alert.event_ids), [alert.event_ids]);
  return (
    <>
      {alert.credential === '' ? null : <Story alert={alert} orders={orders} around={around} evidence={evidence} />}
      {alert.agent_id === '' ? null : <Lanes alert={alert} around={around} evidence={evidence} />}
    </>
  );
}

interface PictureProps {
  alert: AlertDetail;
  around: { from: string; to: string };
  evidence: ReadonlySet<string>;
}

function Story({ alert, orders, around, evidence }: PictureProps & { orders: Order[] }): ReactNode {
  const calls = useApi<Calls>('/api/calls', { ...around, credential: alert.credential }, { every_ms: 5000 });
  return (
    <Load query={calls} height={160}>
      {({ items, total }) => {
        const own = orders.filter(({ credential, state }) => credential === alert.credential && state !== 'observed');
        const story = storyOf({ calls: items, orders: own, evidence, alert_at: Date.parse(alert.time) });
        return story.lanes.length === 0 ? null : <StoryPicture story={story} drawn={items.length} total={total} />;
      }}
    </Load>
  );
}

function Lanes({ alert, around, evidence }: PictureProps): ReactNode {
  const calls = useApi<Calls>('/api/calls', {
    ...around,
    agent_id: alert.agent_id,
    session: alert.session || undefined,
  });
  return (
    <Load query={calls} height={120}>
      {({ items, total }) =>
        items.length === 0 ? null : <SwimlanePicture calls={items} total={total} evidence={evidence} />
      }
    </Load>
  );
}
