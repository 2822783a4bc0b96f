import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { type Decoded, decode, encode, type Filter } from '../url/filter.ts';

/** The filter as the address has it, and how to change it. What only moves the selection makes no step of history. */
export function useFilter(): Decoded & { change: (change: Partial<Filter>) => void; forgetIgnored: () => void } {
  const search = useSearch();
  const [path, go] = useLocation();
  const decoded = useMemo(() => decode(search), [search]);
  const { filter, ignored } = decoded;
  const change = useCallback(
    (part: Partial<Filter>) => {
      const next = encode({ ...filter, ...part }, ignored);
      const isSelection = Object.keys(part).every((name) => name === 'sel');
      go(next === '' ? path : `${path}?${next}`, { replace: isSelection });
    },
    [filter, ignored, path, go],
  );
  const forgetIgnored = useCallback(() => {
    const next = encode(filter);
    go(next === '' ? path : `${path}?${next}`);
  }, [filter, path, go]);
  return { ...decoded, change, forgetIgnored };
}
