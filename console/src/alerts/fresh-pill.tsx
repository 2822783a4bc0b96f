import { type ReactNode, useEffect } from 'react';
import { forget, useLive } from '../live/store.ts';

interface Props {
  as_of: number;
  isEmpty: boolean;
  show: () => void;
}

const FIRST_MS = 700;

/** New alerts wait for a click: a list that is being read never moves. An empty one has nothing to move, and fills by itself. */
export function FreshPill({ as_of, isEmpty, show }: Props): ReactNode {
  const { alerts, missed } = useLive();
  const n = [...alerts.values()].filter(({ detected }) => Date.parse(detected) > as_of).length;
  const isFirst = isEmpty && n > 0;
  useEffect(() => {
    if (!isFirst) return;
    const timer = setTimeout(show, FIRST_MS);
    return () => clearTimeout(timer);
  }, [isFirst, show]);
  if (n === 0 && !missed) return <span className="pill-place" aria-live="polite" />;
  return (
    <span className="pill-place" aria-live="polite">
      <button
        type="button"
        className="pill"
        onClick={() => {
          forget('alerts', alerts.keys());
          show();
        }}
      >
        {missed ? 'Updates were missed' : `${n} new`} – show
      </button>
    </span>
  );
}
