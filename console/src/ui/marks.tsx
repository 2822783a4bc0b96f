import type { ReactNode } from 'react';
import type { OrderState, Outcome, Severity } from '../api/types.ts';
import { plain } from '../text/escape.ts';

/** Worst first. Each has a shape of its own: colour alone tells a tenth of the readers nothing. */
export const SEVERITY: Record<Severity, { shape: string; rank: number }> = {
  critical: { shape: '▲▲', rank: 4 },
  high: { shape: '▲', rank: 3 },
  medium: { shape: '◆', rank: 2 },
  low: { shape: '●', rank: 1 },
  info: { shape: '○', rank: 0 },
};
export const SEVERITIES = Object.keys(SEVERITY) as Severity[];

/** 0 for a severity that this console does not know. */
export function rankOf(value: string | undefined): number {
  return value !== undefined && Object.hasOwn(SEVERITY, value) ? SEVERITY[value as Severity].rank : 0;
}

export function SeverityMark({ value = 'unknown' }: { value: string | undefined }): ReactNode {
  const known = Object.hasOwn(SEVERITY, value) ? SEVERITY[value as Severity] : undefined;
  return (
    <span className={known === undefined ? 'severity' : `severity tone-${value}`}>
      <span className="shape" aria-hidden="true">
        {known?.shape ?? '?'}
      </span>
      {plain(value)}
    </span>
  );
}

type Tone = 'good' | 'bad' | 'wait' | 'busy' | 'quiet' | 'back';

export const STATE: Record<OrderState, { shape: string; tone: Tone; means: string; group: StateGroup }> = {
  observed: { shape: '○', tone: 'quiet', means: 'recorded what would have been done', group: 'observed' },
  proposed: { shape: '…', tone: 'busy', means: 'decided, about to leave', group: 'busy' },
  held: { shape: '‖', tone: 'wait', means: 'a guard holds it until a person says yes or no', group: 'wait' },
  sent: { shape: '→', tone: 'busy', means: 'a receiver is being asked', group: 'busy' },
  accepted: { shape: '✓', tone: 'busy', means: 'the receiver said yes; not yet proven', group: 'busy' },
  confirmed: { shape: '✓✓', tone: 'good', means: 'proven gone: the credential was seen to be refused', group: 'good' },
  failed: { shape: '✗', tone: 'bad', means: 'a receiver could not, or it was used again', group: 'bad' },
  irrevocable: { shape: '✗', tone: 'bad', means: 'no receiver is left: a person must act', group: 'bad' },
  escalated: { shape: '↑', tone: 'bad', means: 'goes on to the next receiver', group: 'bad' },
  expired: { shape: '–', tone: 'quiet', means: 'dropped before anything was done', group: 'closed' },
  undo_requested: { shape: '↩', tone: 'wait', means: 'is being taken back', group: 'busy' },
  undone: { shape: '↩', tone: 'back', means: 'taken back: the credential works again', group: 'closed' },
};
export type StateGroup = 'wait' | 'busy' | 'bad' | 'good' | 'closed' | 'observed';

const NOT_KNOWN = { shape: '?', tone: 'quiet', means: 'a state that this console does not know' } as const;

export function StateMark({ value }: { value: string }): ReactNode {
  const { shape, tone, means } = Object.hasOwn(STATE, value) ? STATE[value as OrderState] : NOT_KNOWN;
  return (
    <span className={`state tone-${tone}`} title={means}>
      <span className="shape" aria-hidden="true">
        {shape}
      </span>
      {plain(value).replaceAll('_', ' ')}
    </span>
  );
}

const OUTCOME: Record<Outcome, { shape: string; tone: string }> = {
  ok: { shape: '●', tone: 'plain' },
  error: { shape: '△', tone: 'wait' },
  denied: { shape: '✗', tone: 'bad' },
  pending: { shape: '…', tone: 'quiet' },
};

export function OutcomeMark({ value, status }: { value: string | undefined; status?: number | undefined }): ReactNode {
  if (value === undefined) return null;
  const known = Object.hasOwn(OUTCOME, value) ? OUTCOME[value as Outcome] : undefined;
  return (
    <span className={`outcome tone-${known?.tone ?? 'quiet'}`}>
      <span className="shape" aria-hidden="true">
        {known?.shape ?? '?'}
      </span>
      {plain(value)}
      {status ? ` ${status}` : ''}
    </span>
  );
}

/** 0 to 100, as number and bar. */
export function Risk({ value }: { value: number }): ReactNode {
  return (
    <span className="risk" title={`Risk ${value} of 100: how likely it is harm that somebody has to act on`}>
      <span className="risk-bar" aria-hidden="true">
        <span className={`risk-fill ${riskTone(value)}`} style={{ width: `${value}%` }} />
      </span>
      <b>{value}</b>
    </span>
  );
}

function riskTone(value: number): string {
  if (value >= 80) return 'fill-critical';
  if (value >= 60) return 'fill-high';
  return value >= 30 ? 'fill-medium' : 'fill-low';
}
