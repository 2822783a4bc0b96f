import { createRequire } from 'node:module';
import type * as Wasm from '@cedar-policy/cedar-wasm/nodejs';
import { type Alert, SEVERITIES, type Severity } from '../alert/alert.ts';

const load = createRequire(import.meta.url);
let wasm: typeof Wasm | undefined;

/** Loaded when a rule first needs it: four megabytes that most policies do without. */
function cedar(): typeof Wasm {
  wasm ??= load('@cedar-policy/cedar-wasm/nodejs') as typeof Wasm;
  return wasm;
}

/** What is wrong with a Cedar text; undefined when it can be used. */
export function cedarProblem(text: string): string | undefined {
  const answer = cedar().checkParsePolicySet({ staticPolicies: text });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => message).join('; ');
  const { policies } = cedar().policySetTextToParts(text) as { policies?: string[] };
  return policies?.length === 0 ? 'it has no policy' : undefined;
}

/**
 * Why a Cedar condition does not let a rule fit an alert; undefined where it does. The question is whether `Agent::"<agent_id>"` may be the
 * object of `Action::"respond"` on `Credential::"<credential>"`; everything else of the alert is in `context`. What cannot be evaluated
 * does not fit.
 */
export function cedarMisfit(text: string, alert: Alert, signals: number): string | undefined {
  const answer = cedar().isAuthorized({
    principal: { type: 'Agent', id: alert.agent_id },
    action: { type: 'Action', id: 'respond' },
    resource: { type: 'Credential', id: alert.credential },
    context: contextOf(alert, signals),
    policies: { staticPolicies: text },
    entities: [],
  });
  if (answer.type === 'failure') return `cedar could not be asked: ${answer.errors[0]?.message}`;
  const { decision, diagnostics } = answer.response;
  const [error] = diagnostics.errors;
  if (error !== undefined) return `cedar could not be evaluated: ${error.error.message}`;
  return decision === 'allow' ? undefined : 'cedar does not permit it';
}

/** Cedar has whole numbers only: shares are in hundredths. */
export function contextOf(alert: Alert, signals: number): Record<string, Wasm.CedarValueJson> {
  const { tenant, detector, reason, severity, maturity, subject_kind, subject, session, agent_instance } = alert;
  return {
    tenant,
    detector,
    reason,
    severity,
    severity_rank: SEVERITIES.indexOf(severity as Severity),
    maturity,
    confidence_percent: Math.round(alert.confidence * 100),
    signals,
    subject_kind,
    subject,
    session,
    agent_instance,
    producers: [...alert.producers],
    handles: { ...alert.credential_handles },
  };
}
