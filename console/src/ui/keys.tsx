import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { setPaused, useLive } from '../live/store.ts';
import { setPrefs, usePrefs } from './prefs.ts';

const HELP = [
  ['j k ↓ ↑', 'next, previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'close'],
  ['/', 'search'],
  ['g a, g r, g m, g u, g h', 'alerts, revocations, map, rules, health'],
  ['t', 'UTC or local time'],
  ['.', 'pause or resume live updates'],
  ['?', 'this list'],
] as const;

const GO: Record<string, string> = { a: '/', r: '/revocations', m: '/map', u: '/rules', h: '/health' };
const GO_MS = 1000;

/** Single keys are off while somebody types or a dialog is open. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return true;
  const { target } = event;
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** Keys that work on every page, and the list of all. */
export function Keys(): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [, go] = useLocation();
  const { paused } = useLive();
  const { zone } = usePrefs();
  useEffect(() => {
    let armed_until = 0;
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const { key } = event;
      if (performance.now() < armed_until && Object.hasOwn(GO, key)) go(GO[key]!);
      else if (key === 't') setPrefs({ zone: zone === 'utc' ? 'local' : 'utc' });
      else if (key === '.') setPaused(!paused);
      else if (key === '?') dialog.current?.showModal();
      else if (key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
      }
      armed_until = key === 'g' ? performance.now() + GO_MS : 0;
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [go, paused, zone]);
  return (
    <dialog ref={dialog} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl className="keys">
        {HELP.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
