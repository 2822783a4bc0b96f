import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { brief, middle, pieces } from '../text/escape.ts';
import { clock, day, moment } from '../time/format.ts';
import { usePrefs } from './prefs.ts';

/** Text of others: always text, and nothing in it is unseen. */
export function Safe({ text }: { text: string }): ReactNode {
  const cut = pieces(text);
  if (cut.length === 1 && cut[0]?.escaped === false) return <bdi>{text}</bdi>;
  let at = 0;
  return (
    <bdi>
      {cut.map(({ text: piece, escaped }) => {
        at += piece.length;
        return escaped ? (
          <span key={at} className="escaped">
            {piece}
          </span>
        ) : (
          piece
        );
      })}
    </bdi>
  );
}

/** An id: fixed width, cut in its middle, whole in its title. */
export function Id({ value, chars = 24 }: { value: string; chars?: number }): ReactNode {
  return (
    <code className="id" title={brief(value, 600)}>
      <bdi>{middle(value, chars)}</bdi>
    </code>
  );
}

export function AgentLink({ id }: { id: string }): ReactNode {
  if (id === '') return <span className="muted">no agent</span>;
  return (
    <Link className="entity" href={`/agent?${new URLSearchParams({ agent_id: id })}`} title={`Agent ${brief(id, 256)}`}>
      <bdi>{middle(id, 36)}</bdi>
    </Link>
  );
}

export function CredentialLink({ id, chars = 26 }: { id: string; chars?: number }): ReactNode {
  if (id === '') return <span className="muted">no credential</span>;
  return (
    <Link
      className="entity"
      href={`/credential?${new URLSearchParams({ credential: id })}`}
      title={`Credential ${brief(id, 512)}`}
    >
      <Id value={id} chars={chars} />
    </Link>
  );
}

export function Time({
  at,
  ms = false,
  whole = false,
}: {
  at: string | number;
  ms?: boolean;
  whole?: boolean;
}): ReactNode {
  const { zone } = usePrefs();
  const iso = new Date(at).toISOString();
  const shown = whole
    ? `${day(at, zone)} ${clock(at, zone, ms)}`
    : ms
      ? clock(at, zone, true)
      : moment(at, zone, Date.now());
  return (
    <time dateTime={iso} title={iso}>
      {shown}
    </time>
  );
}
