import { type ContentOptions, keyTest, readContent } from '../event/content.ts';
import type { PostedEvent } from '../event/event.ts';
import type { Fingerprints } from '../event/fingerprint.ts';
import { requestClasses } from '../event/tool-class.ts';
import { createValues } from '../event/values.ts';
import type { IngestConfig } from './config.ts';
import { type Hit, redact } from './redact/redact.ts';
import { isPlaceholder } from './redact/rules.ts';

/** What is kept of arguments, result and request. */
export interface Kept {
  args_digest: string | undefined;
  result_digest: string | undefined;
  args_values: number[] | undefined;
  result_values: number[] | undefined;
  request_values: number[] | undefined;
  request_classes: readonly string[] | undefined;
  truncated: boolean;
}

export type Contents = (posted: PostedEvent, hits: Hit[]) => Kept;

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

  const read = (
    value: unknown,
    how: ContentOptions,
    posted: readonly string[] | undefined,
    hits: Hit[],
    words_max = config.words_max,
    where?: 'args' | 'result',
  ) => {
    if (value === undefined) return { values: posted && values({ posted }), canonical: undefined, truncated: false };
    const { canonical, leaves, secrets, truncated } = readContent(value, how);
    const known = hits.length;
    findSecrets(leaves, secrets, hits);
    if (where !== undefined) for (const hit of hits.slice(known)) hit.where = where;
    const found = hits.slice(known).map(({ secret }) => secret);
    // A secret is one value and not the words that it is made of.
    const clean = found.length > 0 ? leaves.map((leaf) => redact(leaf)) : leaves;
    return { values: values({ posted, leaves: clean, secrets: found, words_max }), canonical, truncated };
  };
  const digest = (canonical: string | undefined) =>
    canonical === undefined ? undefined : fingerprints.digest('content', canonical);

  return (posted, hits) => {
    const a = read(posted.args, args, posted.args_values, hits, config.words_max, 'args');
    const b = read(posted.result, result, posted.result_values, hits, 0, 'result');
    const c = read(posted.request, request, posted.request_values, hits);
    return {
      args_digest: posted.args_digest ?? digest(a.canonical),
      args_values: a.values,
      result_digest: posted.result_digest ?? digest(b.canonical),
      result_values: b.values,
      request_values: c.values,
      request_classes: posted.request_classes ?? (posted.request ? requestClasses(posted.request) : undefined),
      truncated: a.truncated || b.truncated || c.truncated,
    };
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
