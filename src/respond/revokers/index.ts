import { TriplineError } from '../../errors.ts';
import type { Revoker, Tools } from '../revoker.ts';
import type { Receivers } from '../route.ts';
import { aws } from './aws/index.ts';
import { caep } from './caep/index.ts';
import { command } from './command/index.ts';
import { github } from './github/index.ts';
import { keycloak } from './keycloak/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { litellm } from './litellm/index.ts';
import { oauth } from './oauth/index.ts';
import { spire } from './spire/index.ts';
import { vault } from './vault/index.ts';
import { webhook } from './webhook/index.ts';

/** Every kind of receiver, in order of its id. */
export const REVOKERS: readonly Revoker[] = [
  aws,
  caep,
  command,
  github,
  keycloak,
  kubernetes,
  litellm,
  oauth,
  spire,
  vault,
  webhook,
];

/**
 * The receivers of a configuration by name.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID for an unknown type, a wrong option or a missing secret
 */
export function loadReceivers(sections: Readonly<Record<string, { type: string }>>, tools?: Tools): Receivers {
  return new Map(Object.entries(sections).map(([name, section]) => [name, load(name, section, tools)]));
}

function load(name: string, section: { type: string }, tools: Tools | undefined) {
  const kind = REVOKERS.find(({ id }) => id === section.type);
  if (kind === undefined) {
    const known = REVOKERS.map(({ id }) => id).join(', ');
    throw invalid(`Receiver ${name} has type ${JSON.stringify(section.type)}: expected one of ${known}`);
  }
  const parsed = kind.config.safeParse(section);
  if (parsed.success) return kind.create(parsed.data, name, tools);
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
  throw invalid(`Receiver ${name} cannot be used: ${lines.join('; ')}`);
}

function invalid(message: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message);
}
