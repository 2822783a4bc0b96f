import { createHash } from 'node:crypto';
import { type Alert, SEVERITIES, type Severity } from '../alert/alert.ts';
import { firstFit } from '../event/glob.ts';
import type { Action, Mode, Order } from '../order/order.ts';
import { cedarMisfit } from './cedar.ts';
import type { OrderHead } from './machine.ts';
import { type Policy, type Rule, TARGETS, type TargetKind } from './policy.ts';

export interface DecideContext {
  policy: Policy;
  /** How many different detectors told of what the alert is about, this one included; 1 where absent. */
  signals?(alert: Alert): number;
  /** The order that is out for a target and an action. */
  current?(head: Pick<OrderHead, 'tenant' | 'target_kind' | 'target' | 'action'>): Standing | undefined;
  now?: number;
}

/** What a ladder asks of an earlier order. */
export interface Standing {
  order: Pick<Order, 'state'>;
  accepted_at: number;
}

/** What the policy wants done, before the guards. */
export interface Proposal {
  head: OrderHead;
  rule: Rule;
  /** Who reported the evidence. */
  producers: readonly string[];
  /** Why, in one sentence. */
  why: string;
}

/** Orders, or the reason why there are none. An alert asks for at most one order today. */
export type Decision = { orders: readonly Proposal[]; none?: undefined } | { orders?: undefined; none: string };

/** Detectors of the response itself. What they say never asks for an order: it would feed on itself. */
export const OWN_DETECTORS: readonly string[] = ['revocation-failed', 'revocation-held'];

/** Pure: the same alert and policy give the same decision. */
export function decide(alert: Alert, context: DecideContext): Decision {
  const { policy } = context;
  if (OWN_DETECTORS.includes(alert.detector)) return { none: 'the alert is about a revocation' };
  if (alert.subject_kind === 'producer')
    return { none: 'the alert is about a producer, and a producer has nothing to revoke' };
  const signals = context.signals?.(alert) ?? 1;
  const rule = policy.rules.find(({ match }) => misfits(match, alert, signals).length === 0);
  if (rule === undefined) return { none: 'no rule fits the alert' };
  const target = targetOf(alert, rule.target);
  if (target === undefined)
    return { none: `rule ${rule.name}: the evidence names no ${rule.target ?? TARGETS.join(', ')}` };
  const mode = alert.maturity === 'stable' ? rule.mode : 'observe';
  const demoted =
    mode === rule.mode ? '' : ` (only observed: the detector is ${alert.maturity || 'of unknown maturity'})`;
  const why = `${alert.detector}: ${alert.summary}${demoted}`;
  return {
    orders: [
      {
        head: headOf(alert, policy, rule, target, mode, actionOf(alert, rule, target, context)),
        rule,
        producers: alert.producers,
        why,
      },
    ],
  };
}

/** The same for the same alert, target and action: a repeated alert is a repeated order. Also the webhook-id, so without a dot. */
export function orderId(tenant: string, target_kind: string, target: string, action: string, alert_id: string): string {
  return hashId('ord', [tenant, target_kind, target, action, alert_id]);
}

export function hashId(prefix: string, parts: readonly string[]): string {
  return `${prefix}_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}

/** What of a match does not fit an alert, in words; empty when it fits. */
export function misfits(match: Rule['match'], alert: Alert, signals: number): string[] {
  const scheme = alert.credential.slice(0, Math.max(0, alert.credential.indexOf(':')));
  const { severity_min, maturity, confidence_min = 0, signals_min = 1 } = match;
  const texts = (['detector', 'reason', 'tenant', 'agent', 'credential_scheme'] as const).flatMap((name) => {
    const value = { ...alert, agent: alert.agent_id, credential_scheme: scheme }[name];
    return fitsAny(match[name], value) ? [] : [`${name} is ${value || 'not known'}`];
  });
  const others = [
    ...texts,
    ...(maturity === undefined || maturity === alert.maturity ? [] : [`maturity is ${alert.maturity}`]),
    ...(alert.confidence >= confidence_min
      ? []
      : [`confidence is ${alert.confidence}, and confidence_min ${confidence_min}`]),
    ...(severity_min === undefined || rank(alert.severity) >= rank(severity_min)
      ? []
      : [`severity is ${alert.severity}, and severity_min ${severity_min}`]),
    ...(signals >= signals_min ? [] : [`${signals} detectors told of it, and signals_min is ${signals_min}`]),
  ];
  // The dearest last, and only where everything else fits.
  if (others.length > 0 || match.cedar === undefined) return others;
  const misfit = cedarMisfit(match.cedar, alert, signals);
  return misfit === undefined ? [] : [misfit];
}

function fitsAny(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns === undefined || firstFit(patterns, text) !== undefined;
}

function rank(severity: string): number {
  return SEVERITIES.indexOf(severity as Severity);
}

interface Target {
  kind: TargetKind;
  id: string;
  handles: Alert['credential_handles'];
}

/** The one the rule names, else the narrowest that the evidence has. */
function targetOf(alert: Alert, wanted: TargetKind | undefined): Target | undefined {
  for (const kind of wanted === undefined ? TARGETS : [wanted]) {
    const id = idOf(alert, kind);
    // Handles that belong to another credential than the one to be revoked would kill the wrong one.
    const ours = kind !== 'credential' || id === alert.credential;
    if (id !== '') return { kind, id, handles: ours ? alert.credential_handles : {} };
  }
  return undefined;
}

function idOf(alert: Alert, kind: TargetKind): string {
  if (kind === alert.subject_kind) return alert.subject;
  return kind === 'agent' ? alert.agent_id : alert[kind];
}

const HELPED: readonly string[] = ['accepted', 'confirmed'];
const UNDER_WAY: readonly string[] = ['held', 'proposed', 'sent', 'escalated'];

/** The rule's action, or the step of its ladder that is due: the first that was not tried, once the one before had time to help. */
function actionOf(alert: Alert, rule: Rule, target: Target, { current, now = 0 }: DecideContext): Action {
  const { ladder = [rule.action], ladder_wait_ms } = rule;
  for (const action of ladder) {
    const order = current?.({ tenant: alert.tenant, target_kind: target.kind, target: target.id, action });
    const state = order?.order.state ?? '';
    if (UNDER_WAY.includes(state)) return action;
    if (state === 'irrevocable') continue;
    if (!HELPED.includes(state) || now - order!.accepted_at < ladder_wait_ms) return action;
  }
  return ladder.at(-1)!;
}

function headOf(alert: Alert, policy: Policy, rule: Rule, target: Target, mode: Mode, action: Action): OrderHead {
  return {
    order_id: orderId(alert.tenant, target.kind, target.id, action, alert.alert_id),
    tenant: alert.tenant,
    alert_id: alert.alert_id,
    detector: alert.detector,
    rule: rule.name,
    policy_version: policy.version,
    mode,
    action,
    target_kind: target.kind,
    target: target.id,
    agent_id: alert.agent_id,
    credential: target.kind === 'credential' ? target.id : alert.credential,
    credential_handles: target.handles,
    event_appended: alert.appended,
  };
}
