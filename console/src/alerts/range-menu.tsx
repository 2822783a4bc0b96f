import type { ReactNode } from 'react';
import { inputValue, resolveTime } from '../time/format.ts';
import { usePrefs } from '../ui/prefs.ts';
import type { Filter } from '../url/filter.ts';

interface Props {
  filter: Filter;
  as_of: number;
  change: (change: Partial<Filter>) => void;
}

const RANGES = [
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last hour'],
  ['now-24h', 'Last 24 hours'],
  ['now-7d', 'Last 7 days'],
  ['now-30d', 'Last 30 days'],
] as const;

/** Times relative to now, or a range of one's own. */
export function RangeMenu({ filter, as_of, change }: Props): ReactNode {
  const isListed = filter.to === 'now' && RANGES.some(([from]) => from === filter.from);
  const at = (text: string) => resolveTime(text, as_of) ?? as_of;
  const choose = (from: string) =>
    change(
      from === 'chosen'
        ? { from: new Date(at(filter.from)).toISOString(), to: new Date(at(filter.to)).toISOString() }
        : { from, to: 'now' },
    );
  return (
    <span className="inline">
      <select
        aria-label="Time"
        value={isListed ? filter.from : 'chosen'}
        onChange={({ target }) => choose(target.value)}
      >
        {RANGES.map(([from, name]) => (
          <option key={from} value={from}>
            {name}
          </option>
        ))}
        <option value="chosen">Chosen range…</option>
      </select>
      {isListed ? null : (
        <>
          <TimeInput label="From" at={at(filter.from)} onChange={(iso) => change({ from: iso })} />
          <TimeInput label="To" at={at(filter.to)} onChange={(iso) => change({ to: iso })} />
        </>
      )}
    </span>
  );
}

/** A time in the zone of the page. */
function TimeInput({ label, at, onChange }: { label: string; at: number; onChange: (iso: string) => void }): ReactNode {
  const { zone } = usePrefs();
  return (
    <input
      type="datetime-local"
      step="1"
      aria-label={`${label} (${zone === 'utc' ? 'UTC' : 'local time'})`}
      value={inputValue(at, zone)}
      onChange={({ target }) => {
        const typed = Date.parse(zone === 'utc' ? `${target.value}Z` : target.value);
        if (!Number.isNaN(typed)) onChange(new Date(typed).toISOString());
      }}
    />
  );
}
