import * as z from 'zod';

const limit = (value: number, what: string) => z.int().min(1).default(value).describe(what);
const names = (value: string, what: string) => z.array(z.string().min(1)).default(value.split(' ')).describe(what);

/** The door: where it listens, whom it believes, and every limit of what it takes. */
export const IngestConfig = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; other than loopback demands API keys'),
    port: z.int().min(0).max(65535).default(4318).describe('Port of the events and OTLP door; 0 takes a free one'),
    loopback_without_key: z
      .boolean()
      .default(true)
      .describe('Whether a caller on a loopback address may do without a key; it is the producer `local`'),
    request_ms_max: limit(30_000, 'Time a caller may take to send one request, ms'),
    body_bytes_max: limit(16 << 20, 'Largest body, compressed and decompressed, bytes'),
    bodies_bytes_max: limit(128 << 20, 'Bodies held at one time over all requests, bytes'),
    request_events_max: limit(20_000, 'Events of one request'),
    event_bytes_max: limit(1 << 20, 'Largest single event, bytes of JSON'),
    json_depth_max: limit(128, 'Deepest nesting of an OTLP body in JSON'),
    json_tokens_max: limit(
      2_000_000,
      'Brackets and commas of an OTLP body in JSON: what bounds the memory that parsing takes',
    ),
    content_depth_max: limit(64, 'Levels of arguments and results that are looked at'),
    content_chars_max: limit(262_144, 'Characters of arguments, result or request that are searched for secrets'),
    values_chars_max: limit(65_536, 'Characters of arguments, result or request that are searched for values'),
    words_max: limit(64, 'Stems of words of arguments and request that are kept as fingerprints: what a text is about'),
    values_max: z.int().min(1).max(256).default(256).describe('Value fingerprints kept of one field'),
    attributes_max: limit(64, 'Attributes kept of one event'),
    attribute_chars_max: limit(1024, 'Characters kept of one attribute'),
    skew_max_ms: limit(60_000, 'How far in the future an event time may lie before it is clamped, ms'),
    secret_fields: names(
      'password passwd pwd passphrase secret client_secret api_key apikey authorization proxy_authorization token cookie set_cookie private_key access_key_secret secret_access_key secret_key signing_key encryption_key credential_json otp_secret',
      'Fields whose values are secrets, by their last words in any spelling: api_key covers X-Api-Key and stripeApiKey',
    ),
    not_secret_fields: names(
      'page_token next_token continuation_token sync_token cursor_token start_token stop_token eos_token max_token id_of_token cancel_token',
      'Fields that end like a secret one and are none',
    ),
    volatile_fields: names(
      'request_id correlation_id trace_id span_id traceparent idempotency_key client_token nonce call_id tool_call_id invocation_id',
      'Fields of arguments and results that change with every call and are left out of their digests',
    ),
    volatile_result_fields: names(
      'timestamp elapsed elapsed_ms duration duration_ms took took_ms latency latency_ms response_time server_time',
      'Fields of results that are left out of their digest besides volatile_fields',
    ),
    dedupe_events_max: limit(1_000_000, 'Event ids remembered to know repeats: at least half of this, at most this'),
    waiting_events_max: limit(50_000, 'Events waiting to be written; more are refused with 429'),
    waiting_bytes_max: limit(64 << 20, 'Text of the events waiting to be written, bytes'),
    write_events_max: limit(10_000, 'Events of one write to the log'),
    frame_rows_max: limit(1000, 'Rows of one frame'),
    retry_after_s: limit(1, 'What Retry-After says when more waits than may, s'),
    rejected_listed_max: limit(1000, 'Rejections listed in one answer; all are kept in the log'),
    sources_max: limit(1000, 'Different tripline-source names of one key'),
  })
  .superRefine(({ body_bytes_max, bodies_bytes_max }, context) => {
    // A packed body is held twice while it is unpacked: with less room than that it would be put off for ever.
    if (bodies_bytes_max >= 2 * body_bytes_max) return;
    const message = `bodies_bytes_max (${bodies_bytes_max}) is below twice body_bytes_max (${body_bytes_max})`;
    context.addIssue({ code: 'custom', path: ['bodies_bytes_max'], message });
  })
  .prefault({});

export type IngestConfig = z.output<typeof IngestConfig>;
