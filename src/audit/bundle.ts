import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import * as z from 'zod';
import { canonicalJson } from './canonical.ts';
import { CHAINED, type Chained, headAfter, rowHash, sha256 } from './link.ts';

export const BUNDLE_TYP = 'tripline-bundle+jwt';

const row = z.record(z.string(), z.unknown());
const link = z.object({
  chain: z.string(),
  seq: z.number(),
  record: z.string(),
  row_hash: z.string(),
  previous: z.string(),
  head: z.string(),
});
const keys = z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1);

/** Everything that one decision rests on. */
export const BundleContent = z.strictObject({
  tripline_bundle: z.literal(1),
  made: z.iso.datetime(),
  order_id: z.string(),
  /** State after the last transition. */
  state: z.string(),
  /** Every transition: who, why, when, attempts, approvals, proof, undo. */
  transitions: z.array(row).min(1),
  /** With the state of its window: thresholds, what was observed, from when to when. */
  alert: row.optional(),
  /** The events that it rests on, redacted as they are stored. */
  events: z.array(row),
  events_missing: z.array(z.string()),
  detector: z.object({ id: z.string(), version: z.string() }),
  /** The rule in full where the policy of that time is still the present one. */
  policy: z.object({ version: z.string(), rule: z.string(), text: row.optional() }),
  /** Places of the rows in their hash chains, and where those ended when this was made. */
  links: z.array(link),
  heads: z.array(z.object({ chain: z.string(), seq: z.number(), head: z.string() })),
});
export type BundleContent = z.output<typeof BundleContent>;

export const Bundle = z.strictObject({
  content: BundleContent,
  /** A JWT over the SHA-256 of the content (RFC 8785 form). */
  signature: z.string(),
  keys,
});
export type Bundle = z.output<typeof Bundle>;

export interface BundleReport {
  ok: boolean;
  order_id: string;
  state: string;
  /** Key that signed it. */
  kid: string;
  /** Whether the key was among keys that were given, rather than those of the bundle itself. */
  key_known: boolean;
  problems: string[];
}

/** What is signed of a content. */
export function claimsOf(content: BundleContent): Record<string, unknown> {
  return { order_id: content.order_id, sha256: sha256(canonicalJson(content)) };
}

/**
 * Checks a bundle without asking anybody: signature, content, history without holes, and each row against its link.
 * @param known keys that were had from elsewhere; without them the bundle's own show only that nothing was changed since it was signed
 */
export async function verifyBundle(bundle: Bundle, known?: JSONWebKeySet): Promise<BundleReport> {
  const { content, signature } = bundle;
  const problems = [...(await signatureProblems(bundle, known)), ...historyProblems(content), ...linkProblems(content)];
  return {
    ok: problems.length === 0,
    order_id: content.order_id,
    state: content.state,
    kid: kidOf(signature),
    key_known: known !== undefined,
    problems,
  };
}

async function signatureProblems({ content, signature, keys }: Bundle, known?: JSONWebKeySet): Promise<string[]> {
  const set = createLocalJWKSet(known ?? ({ keys } as JSONWebKeySet));
  const verified = await jwtVerify(signature, set, { typ: BUNDLE_TYP, algorithms: ['ES256'] }).catch(() => undefined);
  if (verified === undefined) return ['The signature is not by any of the keys'];
  const { order_id, sha256 } = claimsOf(content);
  const { payload } = verified;
  return payload.sha256 === sha256 && payload.order_id === order_id ? [] : ['The content is not what was signed'];
}

function historyProblems({ transitions, state, order_id }: BundleContent): string[] {
  const problems: string[] = [];
  for (const [i, transition] of transitions.entries()) {
    if (transition.seq !== i) problems.push(`Transition ${i} is missing`);
    if (transition.order_id !== order_id) problems.push(`Transition ${i} is of another order`);
  }
  if (transitions.at(-1)?.state !== state) problems.push(`The last transition is not ${state}`);
  return [...new Set(problems)];
}

function linkProblems({ transitions, alert, links }: BundleContent): string[] {
  const rows: (readonly [Chained, Record<string, unknown>])[] = [
    ...transitions.map((transition) => [CHAINED.revocations, transition] as const),
    ...(alert === undefined ? [] : [[CHAINED.alerts, alert] as const]),
  ];
  const problems = links
    .filter((each) => headAfter(each.previous, each) !== each.head)
    .map(({ chain, seq }) => `Link ${chain} ${seq} does not agree with itself`);
  for (const [chained, each] of rows) {
    const found = links.filter(({ record }) => record === chained.idOf(each));
    const what = `${chained.type.name} ${chained.idOf(each)}`;
    if (found.length === 0) problems.push(`${what} has no link in a chain`);
    else if (!found.some(({ row_hash }) => row_hash === rowHash(chained.type, each)))
      problems.push(`${what} is not what its link says`);
  }
  return problems;
}

function kidOf(signature: string): string {
  try {
    return decodeProtectedHeader(signature).kid ?? '';
  } catch {
    return '';
  }
}
