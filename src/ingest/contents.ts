import { type Content, type ContentOptions, keyTest, readContent } from '../event/content.ts';
import type { PostedEvent } from '../event/event.ts';
import type { Fingerprints } from '../event/fingerprint.ts';
import { requestClasses } from '../event/tool-class.ts';
import { createValues } from '../event/values.ts';
import type { IngestConfig } from './config.ts';
import { type Hit, redact } from './redact/redact.ts';
import { isPlaceholder } from './redact/rules.ts';

/** Puts what is kept of arguments, result and request into a row. True when some of it was too deep or too long to be looked at. */
export type Contents = (row: Record<string, unknown>, posted: PostedEvent, hits: Hit[]) => boolean;

/** Reads raw content for its digest, its values and the secrets in it, which are added to `hits`. Nothing else of it is kept. */
export function createContents(
  fingerprints: Fingerprints,
  config: IngestConfig,
  isSecret: (key: string) => boolean,
): Contents {
  const values = createValues(fingerprints, config);
  const options = (names: readonly string[]): ContentOptions => ({
    depth_max: config.content_depth_max,
    chars_max: config.content_chars_max,
    isVolatile: keyTest(names),
    isSecret,
  });
  const args = options(config.volatile_fields);
  const result = options([...config.volatile_fields, ...config.volatile_result_fields]);
  const none = keyTest([]);
  const request = { ...options([]), isSecret: none };

  /** Salient values of a field; its content is read where there is any. */
  const valuesOf = (
    content: Content | undefined,
    posted: readonly string[] | undefined,
    hits: Hit[],
    words_max: number,
    where?: 'args' | 'result',
  ): number[] => {
    if (content === undefined) return values({ posted });
    const { leaves, secrets } = content;
    const known = hits.length;
    findSecrets(leaves, secrets, hits);
    if (hits.length === known) return values({ posted, leaves, words_max });
    const found = hits.slice(known);
    if (where !== undefined) for (const hit of found) hit.where = where;
    // A secret is one value and not the words that it is made of.
    const clean = leaves.map((leaf) => redact(leaf));
    return values({ posted, leaves: clean, secrets: found.map(({ secret }) => secret), words_max });
  };
  const readIf = (value: unknown, how: ContentOptions) => (value === undefined ? undefined : readContent(value, how));
  const digest = ({ canonical }: Content) => fingerprints.digest('content', canonical);

  return (row, posted, hits) => {
    const a = readIf(posted.args, args);
    const b = readIf(posted.result, result);
    const c = readIf(posted.request, request);
    if (a !== undefined) row.args_digest = posted.args_digest ?? digest(a);
    if (b !== undefined) row.result_digest = posted.result_digest ?? digest(b);
    if (a ?? posted.args_values) row.args_values = valuesOf(a, posted.args_values, hits, config.words_max, 'args');
    if (b ?? posted.result_values) row.result_values = valuesOf(b, posted.result_values, hits, 0, 'result');
    if (c ?? posted.request_values) row.request_values = valuesOf(c, posted.request_values, hits, config.words_max);
    if (posted.request && posted.request_classes === undefined) row.request_classes = requestClasses(posted.request);
    return (a?.truncated ?? false) || (b?.truncated ?? false) || (c?.truncated ?? false);
  };
}

const SECRET_CHARS_MIN = 4;

function findSecrets(leaves: readonly string[], secrets: readonly string[], hits: Hit[]): void {
  for (const secret of secrets)
    if (secret.length >= SECRET_CHARS_MIN && !isPlaceholder(secret)) findWhole(secret, hits);
  for (const leaf of leaves) redact(leaf, hits);
}

/** The value of a secret field: known by its form where it has one, so that `Bearer x` and `x` are the same. */
function findWhole(secret: string, hits: Hit[]): void {
  const known = hits.length;
  redact(secret, hits);
  if (hits.length === known) hits.push({ rule: 'field', secret });
}
