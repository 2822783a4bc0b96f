import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { AlertView } from '../alerts/alert-view.tsx';
import { EmptyList } from '../alerts/empty-list.tsx';
import { FilterBar } from '../alerts/filter-bar.tsx';
import { FreshPill } from '../alerts/fresh-pill.tsx';
import { AlertRow } from '../alerts/row.tsx';
import { type Rows, useAlertRows, useIncidentRows } from '../alerts/use-rows.ts';
import type { Facets, Histogram } from '../api/types.ts';
import { refresh, useApi } from '../api/use-api.ts';
import { HistogramPicture } from '../pictures/histogram.tsx';
import { Grid } from '../ui/grid.tsx';
import { Load, Trouble } from '../ui/panel.tsx';
import { useCalm } from '../ui/use-calm.ts';
import { useFilter } from '../ui/use-search-state.ts';
import { apiParams, encode, type Filter, frozen } from '../url/filter.ts';

const ROW_PX = 76;
/** Blocks wait less than this before they are stored. */
const STORED_MS = 1500;

/** The queue: what was found, the riskiest first, and beside it why, what was done, and whether that is proven. */
export function AlertsPage(): ReactNode {
  const { filter, ignored, change, forgetIgnored } = useFilter();
  const [as_of, setAsOf] = useState(Date.now);
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const params = { ...apiParams(filter, as_of), as_of: new Date(as_of).toISOString() };
  const facets = useApi<Facets>('/api/queue/facets', params, { keep: true });
  const histogram = useApi<Histogram>('/api/queue/histogram', params, { keep: true });
  const isGrouped = filter.group === 'incident';
  const incidents = useIncidentRows(filter, as_of, isGrouped);
  const alerts = useAlertRows(filter, as_of, range, isGrouped ? undefined : facets.data);
  const rows = isGrouped ? incidents : alerts;
  const show = useCallback(() => setAsOf(Date.now()), []);
  useSecondLook(as_of);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  return (
    <div className="queue">
      <h1 className="sr">Alerts</h1>
      <FilterBar
        filter={filter}
        ignored={ignored}
        facets={facets.data}
        as_of={as_of}
        change={change}
        forgetIgnored={forgetIgnored}
      />
      <Load query={histogram} height={84}>
        {(data) =>
          data.buckets.length === 0 ? null : (
            <HistogramPicture
              data={data}
              onRange={(from, to) => change({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
            />
          )
        }
      </Load>
      <Split
        rows={rows}
        filter={filter}
        change={change}
        as_of={as_of}
        show={show}
        onRange={onRange}
        total={facets.data?.total}
      />
    </div>
  );
}

/** What was found a moment before the list was read may not have been stored then. */
function useSecondLook(as_of: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once after each reading, which as_of tells
  useEffect(() => {
    const timer = setTimeout(refresh, STORED_MS, '/api/queue', '/api/incidents');
    return () => clearTimeout(timer);
  }, [as_of]);
}

interface SplitProps {
  rows: Rows;
  filter: Filter;
  change: (change: Partial<Filter>) => void;
  as_of: number;
  show: () => void;
  onRange: (first: number, last: number) => void;
  total: number | undefined;
}

function Split({ rows, filter, change, as_of, show, onRange, total }: SplitProps): ReactNode {
  const selected = useSelected(rows, filter.sel);
  const open = useCalm(leadOf(rows, selected, filter.sel));
  const panel = useRef<HTMLElement>(null);
  const wantsFocus = useRef(false);
  const rowAt = (index: number) => rows.at(index);
  const select = useCallback((index: number) => change({ sel: rows.at(index)?.id ?? '' }), [change, rows]);
  const openRow = (index: number) => {
    // The panel of another row takes it when it is drawn; the one of this row is there.
    wantsFocus.current = index !== selected;
    if (index === selected) panel.current?.querySelector<HTMLElement>('[data-panel-title]')?.focus();
    select(index);
  };
  const close = () => {
    if (open === undefined) return;
    change({ sel: '-' });
    document.querySelector<HTMLElement>('.grid')?.focus();
  };
  if (rows.error !== undefined && rows.total === 0) return <Trouble error={rows.error} again={rows.again} />;
  return (
    <div className={`split${open === undefined ? '' : ' is-open'}`}>
      <section className="list" aria-label={filter.group === 'incident' ? 'Incidents' : 'Alerts'}>
        <ListHead rows={rows} filter={filter} as_of={as_of} show={show} total={total} />
        {rows.total === 0 && !rows.isLoading ? (
          <EmptyList filter={filter} as_of={as_of} change={change} show={show} />
        ) : (
          <Grid
            label={filter.group === 'incident' ? 'Incidents' : 'Alerts'}
            count={rows.total}
            row_px={ROW_PX}
            selected={selected ?? -1}
            rowKey={(index) => rowAt(index)?.id ?? `waiting ${index}`}
            draw={(index) => <AlertRow row={rowAt(index)} />}
            onSelect={select}
            onOpen={openRow}
            onClose={close}
            onRange={onRange}
          />
        )}
      </section>
      {open === undefined ? null : (
        <aside className="detail" ref={panel} aria-label="What is selected">
          <AlertView key={open} alert_id={open} onClose={close} wantsFocus={wantsFocus} />
        </aside>
      )}
    </div>
  );
}

/** The alert that is open: of the row, or of a link to what is not among the rows in sight. */
function leadOf(rows: Rows, selected: number | undefined, sel: string): string | undefined {
  const row = selected === undefined ? undefined : rows.at(selected);
  if (row !== undefined && (sel === '' || row.id === sel)) return row.lead;
  return sel === '' || sel === '-' ? undefined : sel.replace(/^inc_/, '');
}

/** Without a selection the first row is open; `-` means that somebody closed it. */
function useSelected(rows: Rows, sel: string): number | undefined {
  const last = useRef<{ sel: string; index: number }>(undefined);
  if (sel === '-' || rows.total === 0) return undefined;
  if (sel === '') return 0;
  const remembered = last.current?.sel === sel ? last.current.index : 0;
  const isThere = (index: number) => rows.at(index)?.id === sel;
  const index = isThere(remembered) ? remembered : indexOf(rows, isThere);
  if (index !== undefined) last.current = { sel, index };
  return index ?? last.current?.index;
}

const LOOKED_MAX = 2000;

function indexOf(rows: Rows, fits: (index: number) => boolean): number | undefined {
  for (let index = 0; index < Math.min(rows.total, LOOKED_MAX); index++) if (fits(index)) return index;
  return undefined;
}

type HeadProps = Pick<SplitProps, 'rows' | 'filter' | 'as_of' | 'show' | 'total'>;

function ListHead({ rows, filter, as_of, show, total }: HeadProps): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(`${location.origin}/alerts?${encode(frozen(filter, as_of))}`);
    setCopied(true);
  };
  const what = filter.group === 'incident' ? 'incident' : 'alert';
  const alerts =
    filter.group === 'incident' && total !== undefined ? ` of ${total} alert${total === 1 ? '' : 's'}` : '';
  return (
    <div className="list-head">
      <span role="status">
        {rows.isLoading
          ? 'Reading…'
          : `${rows.total}${rows.truncated ? ' newest' : ''} ${what}${rows.total === 1 ? '' : 's'}${alerts}`}
      </span>
      <FreshPill as_of={as_of} isEmpty={rows.total === 0 && !rows.isLoading} show={show} />
      <button type="button" className="quiet" onClick={() => void copy()}>
        {copied ? 'Copied' : 'Copy link'}
      </button>
    </div>
  );
}
