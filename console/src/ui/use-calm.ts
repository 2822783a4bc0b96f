import { useEffect, useRef, useState } from 'react';

const CALM_MS = 120;

/**
 * A value as it is once it rests; the first of a run comes at once. Whoever holds a key down passes a hundred rows, and the
 * store is not to be asked about each of them.
 */
export function useCalm<T>(value: T): T {
  const [calm, setCalm] = useState(value);
  const changed_at = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const now = performance.now();
    const isCalm = now - changed_at.current > CALM_MS;
    changed_at.current = now;
    if (isCalm) {
      setCalm(value);
      return;
    }
    const timer = setTimeout(() => setCalm(value), CALM_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return calm;
}
