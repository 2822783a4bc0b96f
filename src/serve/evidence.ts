import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { BUNDLE_TYP, type Bundle, type BundleContent, claimsOf } from '../audit/bundle.ts';
import type { Link } from '../audit/link.ts';
import { verifyChains } from '../audit/verify-chain.ts';
import { found } from './answers.ts';
import type { Rules } from './console/rules.ts';
import { type Reader, readAlert, readRevocation } from './queries.ts';

export interface EvidenceDeps {
  signer: {
    sign(claims: Record<string, unknown>, typ: string): Promise<string>;
    jwks(): Promise<{ keys: object[] }>;
  };
  rules(): Promise<Rules>;
  /** Rows recorded before are no longer kept, epoch ms. */
  keptFrom(): { alerts: number; revocations: number; audit: number };
}

const HEADS = 'SELECT chain, seq, head FROM links ORDER BY chain, seq DESC LIMIT 1 BY chain';

const Kept = z.strictObject({
  heads: z
    .array(z.strictObject({ chain: z.string().max(256), seq: z.int().min(1), head: z.string().length(64) }))
    .max(10_000)
    .default([]),
});

interface ById {
  Params: { id: string };
}

/** What a decision rests on as one signed file, where the hash chains end, and whether they hold. */
export function addEvidenceRoutes(app: FastifyInstance, store: Reader, deps: EvidenceDeps): void {
  app.get<ById>('/api/revocations/:id/bundle', async ({ params }, reply) =>
    found(reply, await bundleOf(store, params.id, deps)),
  );
  app.get('/api/chain', async () => {
    const heads = await store.query<object>(HEADS);
    return { heads, signature: await deps.signer.sign({ heads }, 'tripline-heads+jwt') };
  });
  app.post('/api/chain/verify', ({ body }) => {
    const { heads } = Kept.parse(body ?? {}, { reportInput: true });
    return verifyChains(store, { kept_from: deps.keptFrom(), heads });
  });
}

async function bundleOf(store: Reader, order_id: string, deps: EvidenceDeps): Promise<Bundle | undefined> {
  const order = await readRevocation(store, order_id);
  if (order === undefined) return undefined;
  const transitions = order.history as Record<string, unknown>[];
  const found = await readAlert(store, String(order.alert_id));
  const { events = [], events_missing = [], revocations: _, ...alert } = found ?? {};
  const records = [...transitions.map(({ seq }) => `${order_id}/${seq}`), String(order.alert_id)];
  const links = await store.query<Link>(
    `SELECT chain, seq, record, row_hash, previous, head FROM links WHERE record IN {records:Array(String)}
      ORDER BY chain, seq LIMIT 1 BY chain, seq LIMIT 2000`,
    { records },
  );
  const [policy_version, rule] = [String(order.policy_version), String(order.rule)];
  const text = ruleOf(await deps.rules(), policy_version, rule);
  const content: BundleContent = {
    tripline_bundle: 1,
    made: new Date().toISOString(),
    order_id,
    state: String(order.state),
    transitions,
    ...(found && { alert }),
    events: events as Record<string, unknown>[],
    events_missing: events_missing as string[],
    detector: { id: String(order.detector), version: String(alert.detector_version ?? '') },
    policy: { version: policy_version, rule, ...(text && { text }) },
    links,
    heads: await store.query(HEADS),
  };
  // As the reader will have it: what JSON cannot say is gone before it is signed.
  const plain = JSON.parse(JSON.stringify(content)) as BundleContent;
  const { keys } = await deps.signer.jwks();
  return {
    content: plain,
    signature: await deps.signer.sign(claimsOf(plain), BUNDLE_TYP),
    keys: keys as Bundle['keys'],
  };
}

/** A rule as it was decided by, where the policy of that version is the present one. */
function ruleOf({ policy }: Rules, version: string, name: string): Record<string, unknown> | undefined {
  if (policy.version !== version) return undefined;
  return (policy.rules as Record<string, unknown>[]).find((rule) => rule.name === name);
}
