import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Health } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { setPaused, useLive } from '../live/store.ts';
import { clock, duration } from '../time/format.ts';
import { Keys } from './keys.tsx';
import { setPrefs, type Theme, usePrefs } from './prefs.ts';
import { Safe, Time } from './text.tsx';

const PAGES = [
  ['/', 'Alerts'],
  ['/revocations', 'Revocations'],
  ['/map', 'Map'],
  ['/rules', 'Rules'],
  ['/health', 'Health'],
] as const;

const HEALTH_MS = 5000;

export function useHealth() {
  return useApi<Health>('/api/health', {}, { every_ms: HEALTH_MS });
}

export function Shell({ children }: { children: ReactNode }): ReactNode {
  const [path] = useLocation();
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <header className="top">
        <Link href="/" className="brand">
          <img src="/icon.svg" alt="" width="20" height="20" /> Tripline
        </Link>
        <nav aria-label="Pages">
          {PAGES.map(([href, name]) => (
            <Link key={href} href={href} aria-current={isAt(path, href) ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <div className="chips">
          <HealthChip />
          <LiveChip />
          <ZoneToggle />
          <ThemeToggle />
        </div>
      </header>
      <PauseBanner />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Keys />
    </>
  );
}

function isAt(path: string, href: string): boolean {
  if (href === '/') return path === '/' || path.startsWith('/alert');
  return href === '/revocations' ? path.startsWith('/revocation') : path === href;
}

function HealthChip(): ReactNode {
  const { data, isError } = useHealth();
  const status = isError ? 'not reachable' : (data?.status ?? 'asking');
  const tone = isError ? 'bad' : data?.status === 'ok' ? 'good' : data === undefined ? 'quiet' : 'bad';
  return (
    <Link className={`chip tone-${tone}`} href="/health">
      <span aria-hidden="true">{tone === 'good' ? '✓' : tone === 'bad' ? '✗' : '…'}</span> health {status}
    </Link>
  );
}

function LiveChip(): ReactNode {
  const { status, paused, lost_at } = useLive();
  const now = useNow(1000, status === 'reconnecting');
  const { zone } = usePrefs();
  const lost = lost_at === 0 ? '' : duration(now - lost_at);
  const said = paused
    ? 'Paused'
    : status === 'live'
      ? 'Live'
      : status === 'connecting'
        ? 'Connecting'
        : `Reconnecting, stale for ${lost}`;
  const tone = paused ? 'wait' : status === 'live' ? 'good' : status === 'connecting' ? 'quiet' : 'bad';
  const title = lost_at === 0 ? 'Pauses or resumes live updates (.)' : `Data as of ${clock(lost_at, zone)}`;
  return (
    <button
      type="button"
      className={`chip tone-${tone}`}
      title={title}
      aria-pressed={paused}
      onClick={() => setPaused(!paused)}
    >
      <span aria-hidden="true">{paused ? '‖' : '●'}</span> {said}
    </button>
  );
}

/** The time, while somebody has to see it pass. */
export function useNow(every_ms: number, isNeeded = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => setNow(Date.now()), every_ms);
    return () => clearInterval(timer);
  }, [every_ms, isNeeded]);
  return now;
}

function ZoneToggle(): ReactNode {
  const { zone } = usePrefs();
  return (
    <button
      type="button"
      className="chip"
      title="Times of this page in UTC or in the zone of this browser (t)"
      onClick={() => setPrefs({ zone: zone === 'utc' ? 'local' : 'utc' })}
    >
      {zone === 'utc' ? 'UTC' : 'Local time'}
    </button>
  );
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

function ThemeToggle(): ReactNode {
  const { theme } = usePrefs();
  return (
    <label className="chip">
      <span className="sr">Theme</span>
      <select value={theme} onChange={({ target }) => setPrefs({ theme: target.value as Theme })}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {name === 'system' ? 'System theme' : name === 'light' ? 'Light' : 'Dark'}
          </option>
        ))}
      </select>
    </label>
  );
}

/** On every page: nothing is taken away while somebody has paused it. */
function PauseBanner(): ReactNode {
  const paused = useHealth().data?.respond.paused;
  if (paused === undefined) return null;
  return (
    <div className="banner" role="alert">
      <strong>Revocation is paused</strong> by <Safe text={paused.who} /> since <Time at={paused.since} />:{' '}
      <Safe text={paused.why} />. Orders are held. <Link href="/revocations">Resume…</Link>
    </div>
  );
}
