import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Order } from '../api/types.ts';
import { words } from '../text/escape.ts';
import { STATE, StateMark } from '../ui/marks.tsx';
import { AgentLink, CredentialLink, Id, Safe } from '../ui/text.tsx';
import { OrderActions } from './actions.tsx';
import { Steps } from './steps.tsx';

/** One order: how far it is, what proves it, and what a person may do. */
export function OrderCard({ history, isWhole = false }: { history: readonly Order[]; isWhole?: boolean }): ReactNode {
  const last = history.at(-1);
  if (last === undefined) return null;
  const { order_id, state, action, target_kind, agent_id, credential, target, mode, rule, receiver, why } = last;
  return (
    <article className={`order tone-edge-${STATE[state]?.tone ?? 'quiet'}`}>
      <header>
        <StateMark value={state} />
        <span className="order-what">
          {state === 'observed' ? 'would ' : ''}
          {words(action)} {words(target_kind)}{' '}
          {credential !== '' && target === credential ? <CredentialLink id={credential} /> : <Id value={target} />}
          {agent_id === '' || isWhole ? null : (
            <>
              {' '}
              of <AgentLink id={agent_id} />
            </>
          )}
        </span>
        {isWhole ? null : (
          <Link className="quiet" href={`/revocation?${new URLSearchParams({ id: order_id })}`}>
            Order
          </Link>
        )}
      </header>
      <Steps history={history} />
      <Proof order={last} />
      <p className="muted">
        {why === '' || state === 'confirmed' ? null : (
          <>
            <Safe text={why} />.{' '}
          </>
        )}
        Mode {words(mode)}, rule <Safe text={rule || 'none'} />
        {receiver === '' ? null : (
          <>
            , receiver <Safe text={receiver} />
          </>
        )}
        .
      </p>
      <OrderActions order={last} />
    </article>
  );
}

/** An HTTP 200 is only `accepted`: proof is a use that was refused. */
function Proof({ order: { state, proof, why } }: { order: Order }): ReactNode {
  if (state === 'confirmed')
    return (
      <p className="proof">
        <strong>Proof</strong> <Safe text={why} />
        {proof === '' ? null : (
          <>
            {': '}
            <Id value={proof} chars={60} />
          </>
        )}
      </p>
    );
  if (state === 'accepted')
    return <p className="proof is-open">The receiver said yes. Proven when a use is seen to be refused.</p>;
  return null;
}

/** The transitions of several orders, as one list for each. */
export function historiesOf(rows: readonly Order[]): Order[][] {
  const orders = new Map<string, Order[]>();
  for (const row of rows) orders.set(row.order_id, [...(orders.get(row.order_id) ?? []), row]);
  const acts = (history: Order[]) => (history.at(-1)?.state === 'observed' ? 1 : 0);
  return [...orders.values()].sort((a, b) => acts(a) - acts(b));
}
