import { useSyncExternalStore } from 'react';
import type { Zone } from '../time/format.ts';

export type Theme = 'system' | 'light' | 'dark';

interface Prefs {
  theme: Theme;
  zone: Zone;
  /** Whose name stands under what is decided here. */
  who: string;
}

const KEY = 'tripline-preferences';
const listeners = new Set<() => void>();
let prefs: Prefs = { theme: 'system', zone: 'utc', who: '', ...stored() };

function stored(): Partial<Prefs> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>;
  } catch {
    return {};
  }
}

export function setPrefs(change: Partial<Prefs>): void {
  prefs = { ...prefs, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing: it holds until the page is closed.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = prefs.theme;
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => prefs,
  );
}
