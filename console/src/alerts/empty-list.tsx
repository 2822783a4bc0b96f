import type { ReactNode } from 'react';
import type { Facets, Items, Producer } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { duration } from '../time/format.ts';
import { Nothing } from '../ui/panel.tsx';
import { useHealth, useNow } from '../ui/shell.tsx';
import { Safe } from '../ui/text.tsx';
import { DEFAULT, type Filter, isNarrowed } from '../url/filter.ts';

interface Props {
  filter: Filter;
  as_of: number;
  change: (change: Partial<Filter>) => void;
  show: () => void;
}

/** A producer that has said nothing for this long may be gone. */
const SILENT_MS = 10 * 60_000;

/** Nothing to see has four reasons, and they never look alike: a filter, a quiet fleet, a blind Tripline, or no data yet. */
export function EmptyList({ filter, change, show }: Props): ReactNode {
  const everything = useApi<Facets>('/api/queue/facets', {}, {});
  const total = everything.data?.total ?? 0;
  if (isNarrowed(filter) || total > 0) {
    return (
      <Nothing title={`0 of ${total} alerts fit the filter and the time`}>
        <button type="button" onClick={() => change({ ...DEFAULT, from: 'now-30d', group: filter.group })}>
          Clear the filter and look back 30 days
        </button>
      </Nothing>
    );
  }
  return <QuietOrBlind show={show} />;
}

function QuietOrBlind({ show }: { show: () => void }): ReactNode {
  const health = useHealth();
  const producers = useApi<Items<Producer>>('/api/producers', {}, { every_ms: 5000 });
  const now = useNow(1000);
  if (health.data === undefined || producers.data === undefined)
    return <Nothing title="Looking whether all is well…" />;
  const last = producers.data.items.map((one) => Date.parse(one.last)).sort((a, b) => b - a)[0];
  if (last === undefined) return <NoData />;
  const { status, detect } = health.data;
  const age = now - last;
  if (status === 'ok' && detect.failing.length === 0 && age < SILENT_MS) {
    return (
      <div className="nothing is-quiet">
        <strong>✓ Quiet: no alerts, and Tripline sees</strong>
        <p>
          Last event {duration(Math.max(0, age))} ago from {producers.data.items.length} producer
          {producers.data.items.length === 1 ? '' : 's'}; {detect.lag_records} records wait for a judgement.
        </p>
      </div>
    );
  }
  return (
    <div className="nothing is-blind" role="alert">
      <strong>✗ Blind: alerts may be missing</strong>
      {age >= SILENT_MS ? <p>No events for {duration(age)}.</p> : null}
      {status !== 'ok' ? <p>Health is {status}.</p> : null}
      {detect.failing.map(({ detector }) => (
        <p key={detector}>
          Detector <Safe text={detector} /> fails.
        </p>
      ))}
      <button type="button" onClick={show}>
        Look again
      </button>
    </div>
  );
}

function NoData(): ReactNode {
  const event = '{"kind":"tool_call","agent_id":"my-agent","session":"s1","tool_name":"read_file","outcome":"ok"}';
  return (
    <div className="nothing">
      <strong>No events yet</strong>
      <p>Send one to the door (its address was printed at the start, port 4318 unless configured):</p>
      <code className="command">{`curl -sS http://127.0.0.1:4318/v1/events -H 'content-type: application/json' -d '${event}'`}</code>
    </div>
  );
}
