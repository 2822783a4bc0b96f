import { type ReactNode, useEffect, useState } from 'react';
import type { Facet, Facets } from '../api/types.ts';
import { plain } from '../text/escape.ts';
import { resolveTime } from '../time/format.ts';
import { SEVERITIES, SEVERITY } from '../ui/marks.tsx';
import { Safe, Time } from '../ui/text.tsx';
import { DEFAULT, type Filter } from '../url/filter.ts';

interface Props {
  filter: Filter;
  ignored: readonly [string, string][];
  facets: Facets | undefined;
  as_of: number;
  change: (change: Partial<Filter>) => void;
  forgetIgnored: () => void;
}

const RANGES = [
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last hour'],
  ['now-24h', 'Last 24 hours'],
  ['now-7d', 'Last 7 days'],
  ['now-30d', 'Last 30 days'],
] as const;

const TYPED_MS = 250;

export function FilterBar({ filter, ignored, facets, as_of, change, forgetIgnored }: Props): ReactNode {
  return (
    <search className="filters">
      <SearchBox value={filter.q} onChange={(q) => change({ q })} />
      <SeverityFacet filter={filter} counts={facets?.severity ?? []} change={change} />
      <FacetMenu
        name="Detector"
        values={facets?.detector ?? []}
        chosen={filter.detector}
        choose={(detector) => change({ detector })}
      />
      <FacetMenu
        name="Agent"
        values={facets?.agent_id ?? []}
        chosen={filter.agent_id === '' ? [] : [filter.agent_id]}
        choose={(values) => change({ agent_id: values.at(-1) ?? '' })}
      />
      <RangeMenu filter={filter} as_of={as_of} change={change} />
      <label className="inline">
        <span className="sr">Group by</span>
        <select value={filter.group} onChange={({ target }) => change({ group: target.value as Filter['group'] })}>
          <option value="incident">By incident</option>
          <option value="none">Each alert</option>
        </select>
      </label>
      <label className="inline">
        <span className="sr">Order</span>
        <select value={filter.sort} onChange={({ target }) => change({ sort: target.value as Filter['sort'] })}>
          <option value="risk">Riskiest first</option>
          <option value="time">Newest first</option>
        </select>
      </label>
      <Chips filter={filter} ignored={ignored} change={change} forgetIgnored={forgetIgnored} />
    </search>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }): ReactNode {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      type="search"
      value={text}
      maxLength={512}
      placeholder="Search alerts   ( / )"
      aria-label="Search alerts"
      onChange={({ target }) => setText(target.value)}
      onKeyDown={({ key, currentTarget }) => key === 'Escape' && currentTarget.blur()}
    />
  );
}

interface SeverityProps {
  filter: Filter;
  counts: readonly Facet[];
  change: Props['change'];
}

/** Every severity stays to choose from, with none of it too: an empty list can be good news. */
function SeverityFacet({ filter, counts, change }: SeverityProps): ReactNode {
  const toggle = (name: string) =>
    change({
      severity: filter.severity.includes(name)
        ? filter.severity.filter((one) => one !== name)
        : [...filter.severity, name],
    });
  return (
    <fieldset className="facet">
      <legend className="sr">Severity</legend>
      {SEVERITIES.map((name) => (
        <button
          key={name}
          type="button"
          className={`facet-value tone-${name}`}
          aria-pressed={filter.severity.includes(name)}
          onClick={() => toggle(name)}
        >
          <span className="shape" aria-hidden="true">
            {SEVERITY[name].shape}
          </span>
          {name} <b>{counts.find(({ value }) => value === name)?.n ?? 0}</b>
        </button>
      ))}
    </fieldset>
  );
}

interface MenuProps {
  name: string;
  values: readonly Facet[];
  chosen: readonly string[];
  choose: (values: string[]) => void;
}

function FacetMenu({ name, values, chosen, choose }: MenuProps): ReactNode {
  const all = [
    ...values,
    ...chosen.filter((one) => !values.some(({ value }) => value === one)).map((value) => ({ value, n: 0 })),
  ];
  return (
    <details className="menu">
      <summary>
        {name}
        {chosen.length > 0 ? ` (${chosen.length})` : ''}
      </summary>
      <div className="menu-body">
        {all.length === 0 ? <p className="muted">None in this time</p> : null}
        {all.map(({ value, n }) => (
          <label key={value}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ target }) =>
                choose(target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
              }
            />
            <Safe text={value} /> <b>{n}</b>
          </label>
        ))}
      </div>
    </details>
  );
}

function RangeMenu({ filter, as_of, change }: Pick<Props, 'filter' | 'as_of' | 'change'>): ReactNode {
  const isListed = filter.to === 'now' && RANGES.some(([from]) => from === filter.from);
  const choose = (from: string) => from !== 'chosen' && change({ from, to: 'now' });
  return (
    <label className="inline">
      <span className="sr">Time</span>
      <select value={isListed ? filter.from : 'chosen'} onChange={({ target }) => choose(target.value)}>
        {RANGES.map(([from, name]) => (
          <option key={from} value={from}>
            {name}
          </option>
        ))}
        {isListed ? null : <option value="chosen">Chosen range</option>}
      </select>
      {isListed ? null : (
        <>
          <Time at={resolveTime(filter.from, as_of) ?? as_of} /> – <Time at={resolveTime(filter.to, as_of) ?? as_of} />
        </>
      )}
    </label>
  );
}

type ChipsProps = Pick<Props, 'filter' | 'ignored' | 'change' | 'forgetIgnored'>;

function Chips({ filter, ignored, change, forgetIgnored }: ChipsProps): ReactNode {
  const set: [name: string, value: string, without: Partial<Filter>][] = [];
  for (const name of ['agent_id', 'credential', 'session', 'q'] as const)
    if (filter[name] !== '') set.push([name, filter[name], { [name]: '' }]);
  for (const name of ['severity', 'detector'] as const)
    for (const value of filter[name]) set.push([name, value, { [name]: filter[name].filter((one) => one !== value) }]);
  if (set.length === 0 && ignored.length === 0) return null;
  return (
    <div className="chips-row">
      {set.map(([name, value, without]) => (
        <button
          key={`${name} ${value}`}
          type="button"
          className="chip"
          aria-label={`Remove ${name} ${plain(value)}`}
          onClick={() => change(without)}
        >
          {name}: <Safe text={value} /> ×
        </button>
      ))}
      {set.length > 0 ? (
        <button
          type="button"
          className="quiet"
          onClick={() => change({ ...DEFAULT, group: filter.group, sort: filter.sort })}
        >
          Clear
        </button>
      ) : null}
      {ignored.length > 0 ? (
        <button type="button" className="chip tone-wait" onClick={forgetIgnored}>
          not understood: <Safe text={ignored.map(([name, value]) => `${name}=${value}`).join(' ')} /> ×
        </button>
      ) : null}
    </div>
  );
}
