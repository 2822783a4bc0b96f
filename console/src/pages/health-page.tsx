import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { getText } from '../api/client.ts';
import type { Gap, Items, Producer } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { GapsPicture } from '../health/gaps-picture.tsx';
import { parseMetrics } from '../health/metrics.ts';
import { Counts, Parts, Producers, Receivers } from '../health/parts.tsx';
import { Load, Panel } from '../ui/panel.tsx';
import { useHealth, useNow } from '../ui/shell.tsx';

const METRICS_MS = 5000;
const SLOW_MS = 15_000;
const GAPS_MAX = 200;

/** Is Tripline itself blind? Quiet and blind must never look alike. */
export function HealthPage(): ReactNode {
  const health = useHealth();
  const now = useNow(1000);
  const metrics = useQuery({
    queryKey: ['/metrics'],
    queryFn: async ({ signal }) => parseMetrics(await getText('/metrics', signal)),
    refetchInterval: METRICS_MS,
  });
  const producers = useApi<Items<Producer>>('/api/producers', {}, { every_ms: SLOW_MS });
  const gaps = useApi<Items<Gap>>('/api/gaps', { limit: GAPS_MAX }, { every_ms: SLOW_MS });
  return (
    <div className="page">
      <h1>Health</h1>
      <Load query={health}>
        {(data) => (
          <div className="columns">
            <Load query={metrics}>{(samples) => <Parts health={data} metrics={samples} />}</Load>
            <Load query={metrics}>{(samples) => <Counts metrics={samples} />}</Load>
          </div>
        )}
      </Load>
      <Load query={gaps}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <Panel title="Coverage gaps">
              <p className="state tone-good">✓ None recorded: every event that was accepted was judged.</p>
            </Panel>
          ) : (
            <GapsPicture gaps={items} more={next_cursor !== undefined} />
          )
        }
      </Load>
      <Load query={producers}>{({ items }) => <Producers items={items} now={now} />}</Load>
      <Load query={health}>{(data) => <Receivers health={data} />}</Load>
    </div>
  );
}
