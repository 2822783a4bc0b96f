import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';

interface PanelProps {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Panel({ title, aside, children, className = '' }: PanelProps): ReactNode {
  return (
    <section className={`panel ${className}`}>
      <header className="panel-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface LoadProps<T> {
  query: UseQueryResult<T, Error>;
  /** Height of what is to come, so that nothing moves when it does. */
  height?: number;
  children: (data: T) => ReactNode;
}

/** Waits, fails and recovers by itself: the rest of the page lives on. */
export function Load<T>({ query, height = 80, children }: LoadProps<T>): ReactNode {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Trouble error={query.error} again={() => void query.refetch()} />;
  return <Waiting height={height} />;
}

const SLOW_MS = 2000;

function Waiting({ height }: { height: number }): ReactNode {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting" style={{ minHeight: height }} role="status">
      {slow ? 'Still asking the store…' : <span className="sr">Loading</span>}
    </div>
  );
}

export function Trouble({ error, again }: { error: Error; again: () => void }): ReactNode {
  const known = error instanceof ApiError;
  const isGone = known && error.status === 404;
  return (
    <div className={isGone ? 'nothing' : 'trouble'} role={isGone ? 'status' : 'alert'}>
      <p>{error.message}</p>
      {known && !isGone ? <code>{error.code}</code> : null}
      <button type="button" onClick={again}>
        {isGone ? 'Look again' : 'Retry'}
      </button>
    </div>
  );
}

export function Nothing({ title, children }: { title: ReactNode; children?: ReactNode }): ReactNode {
  return (
    <div className="nothing">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
