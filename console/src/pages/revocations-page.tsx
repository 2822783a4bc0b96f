import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Items, OrderRow as Order } from '../api/types.ts';
import { refresh, useApi } from '../api/use-api.ts';
import { useLive } from '../live/store.ts';
import { ActButton } from '../orders/actions.tsx';
import { OrderView } from '../orders/order-view.tsx';
import { OrderRow } from '../orders/row.tsx';
import { LatencyPicture } from '../pictures/latency-picture.tsx';
import { Grid } from '../ui/grid.tsx';
import { STATE, type StateGroup } from '../ui/marks.tsx';
import { Load, Nothing } from '../ui/panel.tsx';
import { useHealth } from '../ui/shell.tsx';
import { useCalm } from '../ui/use-calm.ts';

const ROW_PX = 76;

type Group = StateGroup | 'done' | 'all';

const GROUPS: readonly [Group, string][] = [
  ['done', 'Acted on'],
  ['wait', 'Waiting for a person'],
  ['busy', 'Under way'],
  ['bad', 'Failed'],
  ['good', 'Proven'],
  ['closed', 'Closed'],
  ['observed', 'Only recorded'],
  ['all', 'All'],
];

/** Every order: what waits for a person, what is on its way, what failed, and what is proven. */
export function RevocationsPage(): ReactNode {
  const orders = useApi<Items<Order>>('/api/orders', {}, { keep: true });
  return (
    <div className="queue">
      <div className="page-head">
        <h1>Revocations</h1>
        <span className="spring" />
        <PauseSwitch />
      </div>
      <Load query={orders} height={400}>
        {({ items, truncated }) => <Orders items={items} truncated={truncated === true} />}
      </Load>
    </div>
  );
}

/** The big switch: on every process that reads this log, and after a restart too. */
function PauseSwitch(): ReactNode {
  const { data } = useHealth();
  if (data === undefined) return null;
  return (
    <div className="actions">
      <span className={`state tone-${data.respond.paused === undefined ? 'good' : 'wait'}`}>
        {data.respond.paused === undefined ? '✓ Revocation is on' : '‖ Revocation is paused'}
      </span>
      <ActButton act={data.respond.paused === undefined ? 'pause' : 'resume'} />
    </div>
  );
}

const fits = (group: Group, { state }: Order) =>
  group === 'all' || (group === 'done' ? state !== 'observed' : STATE[state]?.group === group);

function Orders({ items, truncated }: { items: Order[]; truncated: boolean }): ReactNode {
  const { group, sel, change } = useOrderFilter();
  const [as_of, setAsOf] = useState(Date.now);
  // What is new waits for a click, so that rows do not move; an empty list has nothing to move.
  const isEmpty = items.every(({ created }) => Date.parse(created) > as_of);
  const before = useMemo(
    () => (isEmpty ? items : items.filter(({ created }) => Date.parse(created) <= as_of)),
    [items, as_of, isEmpty],
  );
  const shown = useMemo(() => before.filter((order) => fits(group, order)), [before, group]);
  const index =
    sel === '-'
      ? -1
      : Math.max(
          0,
          shown.findIndex(({ order_id }) => order_id === sel),
        );
  const open = useCalm(shown[index]);
  const panel = useRef<HTMLElement>(null);
  const select = useCallback((at: number) => change({ sel: shown[at]?.order_id ?? '' }), [change, shown]);
  const close = () => {
    if (open !== undefined) change({ sel: '-' });
  };
  const openRow = (at: number) => {
    select(at);
    requestAnimationFrame(() => panel.current?.querySelector<HTMLElement>('[data-panel-title]')?.focus());
  };
  return (
    <>
      <LatencyPicture orders={before} onOpen={(order_id) => change({ group: 'all', sel: order_id })} />
      <Tabs items={before} group={group} choose={(next) => change({ group: next, sel: '' })} />
      <div className={`split${open === undefined ? '' : ' is-open'}`}>
        <section className="list" aria-label="Orders">
          <div className="list-head">
            <span role="status">
              {shown.length} order{shown.length === 1 ? '' : 's'}
              {truncated ? ' of the newest 1000' : ''}
            </span>
            <FreshOrders as_of={as_of} known={items} show={() => setAsOf(Date.now())} />
          </div>
          {shown.length === 0 ? (
            <Nothing title={items.length === 0 ? 'Nothing was taken away yet' : 'No order is in this state'}>
              {items.length === 0 ? <p>An order appears as soon as the policy turns an alert into one.</p> : null}
            </Nothing>
          ) : (
            <Grid
              label="Orders"
              count={shown.length}
              row_px={ROW_PX}
              selected={open === undefined ? -1 : index}
              rowKey={(at) => shown[at]?.order_id ?? String(at)}
              draw={(at) => <OrderRow order={shown[at]} />}
              onSelect={select}
              onOpen={openRow}
              onClose={close}
            />
          )}
        </section>
        {open === undefined ? null : (
          <aside className="detail" ref={panel} aria-label="What is selected">
            <OrderView key={open.order_id} order_id={open.order_id} onClose={close} />
          </aside>
        )}
      </div>
    </>
  );
}

function Tabs({ items, group, choose }: { items: Order[]; group: Group; choose: (group: Group) => void }): ReactNode {
  return (
    <fieldset className="facet">
      <legend className="sr">State</legend>
      {GROUPS.map(([name, title]) => (
        <button
          key={name}
          type="button"
          className="facet-value"
          aria-pressed={group === name}
          onClick={() => choose(name)}
        >
          {title} <b>{items.filter((order) => fits(name, order)).length}</b>
        </button>
      ))}
    </fieldset>
  );
}

function FreshOrders({ as_of, known, show }: { as_of: number; known: Order[]; show: () => void }): ReactNode {
  const live = useLive();
  const ids = new Set(known.filter(({ created }) => Date.parse(created) <= as_of).map(({ order_id }) => order_id));
  const fresh = [...live.orders.values()].filter(
    ({ order_id, time }) => !ids.has(order_id) && Date.parse(time) > as_of,
  );
  const n = fresh.length;
  useEffect(() => {
    if (n > 0) refresh('/api/orders');
  }, [n]);
  return (
    <span className="pill-place" aria-live="polite">
      {n === 0 ? null : (
        <button type="button" className="pill" onClick={show}>
          {n} new – show
        </button>
      )}
    </span>
  );
}

function useOrderFilter() {
  const search = useSearch();
  const [path, go] = useLocation();
  const params = new URLSearchParams(search);
  const asked = params.get('group');
  const group: Group = GROUPS.find(([name]) => name === asked)?.[0] ?? 'done';
  const sel = params.get('sel') ?? '';
  const change = useCallback(
    (part: { group?: Group; sel?: string }) => {
      const next = new URLSearchParams({ group, sel, ...part });
      for (const [name, value] of [...next])
        if (value === '' || (name === 'group' && value === 'done')) next.delete(name);
      const text = next.toString();
      go(text === '' ? path : `${path}?${text}`, { replace: part.group === undefined });
    },
    [group, sel, path, go],
  );
  return { group, sel, change };
}
