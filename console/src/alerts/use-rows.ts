import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { getJson } from '../api/client.ts';
import type { Facets, Incident, Items, QueueRow } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { useLive } from '../live/store.ts';
import { apiParams, type Filter } from '../url/filter.ts';
import { answers, byRisk, byTime, fits, type ListRow, rowOfAlert, rowOfIncident } from './rows.ts';

export interface Rows {
  total: number;
  /** undefined while it is being read. */
  at(index: number): ListRow | undefined;
  isLoading: boolean;
  error: Error | undefined;
  again(): void;
  truncated: boolean;
}

const PAGE = 200;
/** A fling must not ask for every page that it crosses. */
const SETTLE_MS = 60;
/** Chromium cannot scroll further than this many rows. */
export const ROWS_MAX = 500_000;

/** Alerts one by one, page by page: those in sight. */
export function useAlertRows(
  filter: Filter,
  as_of: number,
  range: [first: number, last: number],
  facets: Facets | undefined,
): Rows {
  const live = useLive();
  const params = { ...apiParams(filter, as_of), as_of: new Date(as_of).toISOString(), sort: filter.sort };
  const [from, to] = useSettled(range);
  const pages = useMemo(() => pagesOf(from, to), [from, to]);
  const queries = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['/api/queue', params, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        getJson<Items<QueueRow>>('/api/queue', { ...params, offset: page * PAGE, limit: PAGE }, signal),
    })),
  });
  const known = new Map(pages.map((page, i) => [page, queries[i]]));
  const failed = queries.find(({ isError }) => isError);
  return {
    total: Math.min(facets?.total ?? 0, ROWS_MAX),
    at(index) {
      const row = known.get(Math.floor(index / PAGE))?.data?.items[index % PAGE];
      return row && rowOfAlert(row, live);
    },
    isLoading: facets === undefined || (queries[0]?.isLoading ?? false),
    error: failed?.error ?? undefined,
    again: () => void failed?.refetch(),
    truncated: (facets?.total ?? 0) > ROWS_MAX,
  };
}

function pagesOf(from: number, to: number): number[] {
  const first = Math.floor(Math.max(0, from) / PAGE);
  const last = Math.floor(Math.max(0, to) / PAGE);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function useSettled([from, to]: [number, number]): [number, number] {
  const [settled, setSettled] = useState<[number, number]>([from, to]);
  useEffect(() => {
    const timer = setTimeout(() => setSettled([from, to]), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [from, to]);
  return settled;
}

/** Alerts that belong together, one row for each incident. */
export function useIncidentRows(filter: Filter, as_of: number, isWanted: boolean): Rows {
  const live = useLive();
  const { from, to } = apiParams(filter, as_of);
  const query = useApi<Items<Incident>>(
    '/api/incidents',
    { from, to, limit: PAGE, as_of: new Date(as_of).toISOString() },
    { enabled: isWanted, keep: true },
  );
  const items = query.data?.items;
  const rows = useMemo(() => {
    // By the orders as they were read: a row does not leave the list while somebody looks at it.
    const fitsAll = (one: Incident) => fits(one, filter) && answers(one.orders, filter.response);
    const wanted = (items ?? []).filter(fitsAll).map((one) => rowOfIncident(one, live));
    return wanted.sort(filter.sort === 'risk' ? byRisk : byTime);
  }, [items, filter, live]);
  return {
    total: rows.length,
    at: (index) => rows[index],
    isLoading: query.isLoading,
    error: query.error ?? undefined,
    again: () => void query.refetch(),
    truncated: query.data?.truncated === true || query.data?.more === true,
  };
}
