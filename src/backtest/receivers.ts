import { TriplineError } from '../errors.ts';
import { ACTIONS } from '../order/order.ts';
import { type Policy, TARGETS } from '../respond/policy.ts';
import type { Receiver } from '../respond/revoker.ts';
import { loadReceivers } from '../respond/revokers/index.ts';
import type { Receivers } from '../respond/route.ts';
import { NO_SIGNER } from '../signing/signer.ts';

/** Of a receiver that nothing is known of: it can do whatever a rule asks for. */
const ANYTHING: Receiver = {
  capabilities: { actions: ACTIONS, targets: TARGETS, handles: [], undo: true },
  check: async () => 'is only assumed',
  revoke: async () => ({ status: 'accepted' }),
};

/**
 * Receivers that a policy names, with what they can do; none of them is ever asked. One that is not configured, or whose
 * secret is not here, is assumed to be able to do anything, and named.
 */
export function receiversFor(
  policy: Policy,
  sections: Readonly<Record<string, { type: string }>>,
): { receivers: Receivers; assumed: string[] } {
  const names = new Set(policy.rules.flatMap((rule) => rule.receivers));
  const known = new Map([...names].map((name) => [name, configured(name, sections)]));
  return {
    receivers: new Map([...known].map(([name, receiver]) => [name, receiver ?? ANYTHING])),
    assumed: [...known].filter(([, receiver]) => receiver === undefined).map(([name]) => name),
  };
}

function configured(name: string, sections: Readonly<Record<string, { type: string }>>): Receiver | undefined {
  const section = sections[name];
  if (section === undefined) return undefined;
  try {
    return loadReceivers({ [name]: section }, { signer: NO_SIGNER }).get(name);
  } catch (error) {
    if (error instanceof TriplineError) return undefined;
    throw error;
  }
}
