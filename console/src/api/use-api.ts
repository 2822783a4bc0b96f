import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { ApiError, getJson, type Params } from './client.ts';

const ATTEMPTS_MAX = 3;

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (failures, error) => isPassing(error) && failures < ATTEMPTS_MAX,
      retryDelay: (failures) => 500 * 2 ** failures,
    },
  },
});

/** A store that is slow or a server that restarts; what was asked is in order. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503);
}

interface Options {
  enabled?: boolean;
  /** Asked again after this time. */
  every_ms?: number;
  /** The answer before stays until the next is there. */
  keep?: boolean;
}

/** What the API says at an address. Nothing is asked again by itself unless `every_ms` says so. */
export function useApi<T>(path: string, params: Params = {}, options: Options = {}): UseQueryResult<T, Error> {
  const { enabled = true, every_ms, keep = false } = options;
  return useQuery<T, Error>({
    queryKey: [path, params],
    queryFn: ({ signal }) => getJson<T>(path, params, signal),
    enabled,
    ...(every_ms === undefined ? {} : { refetchInterval: every_ms }),
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Asks again about everything of these addresses that is on screen. */
export function refresh(...paths: string[]): void {
  void client.invalidateQueries({
    predicate: ({ queryKey: [path] }) => paths.some((start) => String(path).startsWith(start)),
  });
}
