import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getJson, type Params } from '../api/client.ts';
import type { AlertDetail, Items, QueueRow } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';

const ALERTS_MAX = 20;

/** Alerts about an agent or a credential, and which events are their evidence. */
export function useAlertsOf(about: Params) {
  const alerts = useApi<Items<QueueRow>>('/api/queue', { ...about, limit: 50 });
  const ids = (alerts.data?.items ?? []).slice(0, ALERTS_MAX).map(({ alert_id }) => alert_id);
  const details = useQueries({
    queries: ids.map((alert_id) => {
      const path = `/api/alerts/${encodeURIComponent(alert_id)}`;
      return {
        queryKey: [path, {}],
        queryFn: ({ signal }: { signal: AbortSignal }) => getJson<AlertDetail>(path, {}, signal),
      };
    }),
  });
  const known = details.flatMap(({ data }) => data?.event_ids ?? []).join('\n');
  const evidence: ReadonlySet<string> = useMemo(() => new Set(known === '' ? [] : known.split('\n')), [known]);
  return { alerts, evidence };
}
