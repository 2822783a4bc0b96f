import type { ReactNode } from 'react';
import type { Facet } from '../api/types.ts';
import { SEVERITIES, SEVERITY } from '../ui/marks.tsx';
import { Safe } from '../ui/text.tsx';
import type { Filter } from '../url/filter.ts';

interface SeverityProps {
  filter: Filter;
  counts: readonly Facet[];
  change: (change: Partial<Filter>) => void;
}

/** Every severity stays to choose from, with none of it too: an empty list can be good news. */
export function SeverityFacet({ filter, counts, change }: SeverityProps): ReactNode {
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

export function FacetMenu({ name, values, chosen, choose }: MenuProps): ReactNode {
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
