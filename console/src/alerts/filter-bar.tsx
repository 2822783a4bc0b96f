import { type ReactNode, useEffect, useState } from 'react';
import type { Facets } from '../api/types.ts';
import { plain } from '../text/escape.ts';
import { Safe } from '../ui/text.tsx';
import { DEFAULT, type Filter } from '../url/filter.ts';
import { FacetMenu, SeverityFacet } from './facets.tsx';
import { RangeMenu } from './range-menu.tsx';

interface Props {
  filter: Filter;
  ignored: readonly [string, string][];
  facets: Facets | undefined;
  as_of: number;
  change: (change: Partial<Filter>) => void;
  forgetIgnored: () => void;
}

const RESPONSES: readonly [Filter['response'], string][] = [
  ['', 'Any response'],
  ['none', 'Nothing done'],
  ['wait', 'Waits for a person'],
  ['busy', 'Under way'],
  ['bad', 'Failed'],
  ['good', 'Proven gone'],
];

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
      <label className="inline">
        <span className="sr">Response</span>
        <select
          value={filter.response}
          onChange={({ target }) => change({ response: target.value as Filter['response'] })}
        >
          {RESPONSES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
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
