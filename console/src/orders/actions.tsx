import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { postJson } from '../api/client.ts';
import type { Order } from '../api/types.ts';
import { refresh } from '../api/use-api.ts';
import { words } from '../text/escape.ts';
import { setPrefs, usePrefs } from '../ui/prefs.ts';
import { Safe } from '../ui/text.tsx';

export type Act = 'approve' | 'reject' | 'undo' | 'redeliver' | 'pause' | 'resume';

type Asked = Pick<
  Order,
  'order_id' | 'state' | 'action' | 'target_kind' | 'target' | 'agent_id' | 'receiver' | 'can_undo'
>;

const ACTS: Record<Act, { name: string; title: string; says: string; danger?: boolean }> = {
  approve: { name: 'Approve…', title: 'Approve the order', says: 'It leaves for the receiver at once.', danger: true },
  reject: { name: 'Reject…', title: 'Reject the order', says: 'It is dropped, and nothing is done.' },
  undo: {
    name: 'Undo…',
    title: 'Take the order back',
    says: 'The receiver is asked to let the credential work again.',
  },
  redeliver: {
    name: 'Redeliver…',
    title: 'Ask again',
    says: 'Every receiver is asked again, the first one first.',
    danger: true,
  },
  pause: {
    name: 'Pause revocation…',
    title: 'Pause all revocation',
    says: 'From now on every order is held, until somebody resumes.',
    danger: true,
  },
  resume: {
    name: 'Resume revocation…',
    title: 'Resume revocation',
    says: 'Orders that only the pause held back go out.',
    danger: true,
  },
};

/** Why something cannot be done, said where it would be done; undefined where it can. */
export function refusalOf(act: Act, { state, can_undo, receiver }: Asked): string | undefined {
  const needs: Partial<Record<Act, readonly string[]>> = {
    approve: ['held'],
    reject: ['held'],
    redeliver: ['irrevocable'],
    undo: ['accepted', 'confirmed', 'undo_requested'],
  };
  const states = needs[act];
  if (states !== undefined && !states.includes(state)) return `needs an order that is ${states.join(' or ')}`;
  if (act === 'undo' && can_undo === 0) return `${receiver || 'the receiver'} cannot take it back: act there by hand`;
  return undefined;
}

/** What a person may do about an order. Undo is always named, because whoever takes something away has to know whether it can be given back. */
export function OrderActions({ order }: { order: Asked }): ReactNode {
  const offered = (['approve', 'reject', 'redeliver'] as const).filter((act) => refusalOf(act, order) === undefined);
  const undo = refusalOf('undo', order);
  const isDone = ['accepted', 'confirmed', 'undo_requested', 'sent', 'held', 'proposed'].includes(order.state);
  return (
    <div className="actions">
      {offered.map((act) => (
        <ActButton key={act} act={act} order={order} />
      ))}
      {undo === undefined ? (
        <ActButton act="undo" order={order} />
      ) : isDone ? (
        <CannotUndo why={undo} state={order.state} />
      ) : null}
    </div>
  );
}

function CannotUndo({ why, state }: { why: string; state: string }): ReactNode {
  const isEarly = !['accepted', 'confirmed', 'undo_requested'].includes(state);
  if (isEarly) return null;
  return (
    <>
      <button type="button" disabled aria-describedby="cannot-undo">
        Undo…
      </button>
      <span id="cannot-undo" className="muted">
        Cannot be undone from here: <Safe text={why} />
      </span>
    </>
  );
}

/** A button with the dialog that asks who and why: nothing is done by one click. */
export function ActButton({ act, order }: { act: Act; order?: Asked }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const { name, danger } = ACTS[act];
  return (
    <>
      <button
        type="button"
        className={danger ? 'danger' : ''}
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
      >
        {name}
      </button>
      <dialog ref={dialog} aria-label={ACTS[act].title} onClose={() => setOpen(false)}>
        {isOpen ? <ActForm act={act} order={order} close={() => dialog.current?.close()} /> : null}
      </dialog>
    </>
  );
}

function ActForm({ act, order, close }: { act: Act; order: Asked | undefined; close: () => void }): ReactNode {
  const prefs = usePrefs();
  const [who, setWho] = useState(prefs.who);
  const [why, setWhy] = useState('');
  const [falseAlarm, setFalseAlarm] = useState(false);
  const [state, setState] = useState<{ busy: boolean; error: string }>({ busy: false, error: '' });
  const { title, says, danger } = ACTS[act];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The button is disabled by then; a second Enter must not ask twice either.
    if (state.busy) return;
    setState({ busy: true, error: '' });
    try {
      setPrefs({ who });
      const body = act === 'undo' ? { who, why, false_alarm: falseAlarm } : { who, why };
      await postJson(
        order === undefined ? `/api/${act}` : `/api/revocations/${encodeURIComponent(order.order_id)}/${act}`,
        body,
      );
      refresh('/api/health', '/api/orders', '/api/revocations', '/api/alerts/', '/api/incidents/');
      close();
    } catch (error) {
      setState({ busy: false, error: (error as Error).message });
    }
  };
  return (
    <form className="act" onSubmit={(event) => void submit(event)}>
      <h2>{title}</h2>
      {order === undefined ? null : (
        <p>
          {words(order.action)} {words(order.target_kind)} <Safe text={order.target} />
          {order.agent_id === '' ? null : (
            <>
              {' '}
              of <Safe text={order.agent_id} />
            </>
          )}
        </p>
      )}
      <p>
        {says}{' '}
        {act === 'approve' && order?.can_undo === 0
          ? 'Whether it can be undone is known when the receiver has answered.'
          : ''}
      </p>
      <label>
        Your name, which stands in the history
        <input
          value={who}
          required
          maxLength={256}
          autoComplete="off"
          onChange={({ target }) => setWho(target.value)}
        />
      </label>
      <label>
        Why
        <textarea value={why} required maxLength={2000} rows={3} onChange={({ target }) => setWhy(target.value)} />
      </label>
      {act === 'undo' ? (
        <label className="inline">
          <input type="checkbox" checked={falseAlarm} onChange={({ target }) => setFalseAlarm(target.checked)} /> The
          alert was wrong (a false alarm)
        </label>
      ) : null}
      {state.error === '' ? null : (
        <p className="trouble" role="alert">
          <Safe text={state.error} />
        </p>
      )}
      <div className="actions">
        <button type="submit" className={danger ? 'danger' : 'primary'} disabled={state.busy}>
          {title}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}
