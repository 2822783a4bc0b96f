import * as z from 'zod';
import { CODE, type Field, field, type RowOf, recordType, TIME } from './field.ts';

export const EVENT_KINDS = ['tool_call', 'token_use', 'model_usage', 'lifecycle'] as const;
export const OUTCOMES = ['ok', 'error', 'denied', 'pending'] as const;
/** What a tool does, from harmless to irreversible. Derived from its name at the door where a producer does not say. */
export const TOOL_CLASSES = [
  'other',
  'read',
  'secret_read',
  'write',
  'execute',
  'send',
  'share',
  'pay',
  'delete',
  'identity',
] as const;
export const LIFECYCLES = [
  'session_started',
  'session_ended',
  'task_started',
  'task_ended',
  'delegation',
  'credential_issued',
  'credential_rotated',
  'credential_revoked',
  'credential_reinstated',
  'credential_exposed',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];
export type ToolClass = (typeof TOOL_CLASSES)[number];
export type Lifecycle = (typeof LIFECYCLES)[number];
export type Outcome = (typeof OUTCOMES)[number];

const text = (max: number) => z.string().min(1).max(max);
const id = text(256);
const time = z.iso.datetime({ offset: true });
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const values = z.array(text(2048)).max(256);
const names = z.array(text(256)).max(64);
/** `scheme:value`: standards.md 3.2. A bare hash says nothing about who could revoke it. */
const credential = z
  .string()
  .max(512)
  .regex(/^[a-z][a-z0-9._/-]{0,63}:.+$/);
const texts = z.record(text(128), z.string().max(4096));

/** Columns of every event, in table order. */
export const EVENT = recordType('events', {
  event_id: field('String', id, 'Unique within its producer; a repeated delivery changes nothing'),
  time: field(TIME, time, 'When it happened (event time); the time of receipt where absent'),
  received: field(TIME, time, 'When Tripline accepted it; set by Tripline'),
  kind: field(CODE, z.enum(EVENT_KINDS), 'What kind of event this is'),
  tenant: field(CODE, text(128), 'Whose fleet it belongs to; "default" where absent'),
  producer: field(CODE, id, 'Who told us; set by Tripline from the API key'),
  agent_id: field(CODE, id, 'Stable id of the agent'),
  agent_name: field(CODE, text(256), 'Name of the agent for people; hostile text'),
  agent_instance: field(CODE, id, 'The running copy of the agent'),
  agent_parent: field(CODE, id, 'The agent that delegated to this one'),
  session: field('String', id, 'Conversation or session'),
  task: field('String', id, 'The task inside the session'),
  workload: field(CODE, text(2048), 'SPIFFE ID of the workload'),
  user: field(CODE, id, 'The person on whose behalf it acts'),
  credential: field(CODE, credential, 'Fingerprint scheme:value of the credential; never a raw token'),
  credential_previous: field(CODE, credential, 'The credential that this one replaced (credential_rotated)'),
  credential_handles: field(
    'Map(String, String)',
    texts,
    'Non-secret names by which the issuer can revoke it: jti, sid, iss, client_id, token_id, accessor, lease_id, access_key_id, namespace, pod, pod_uid',
  ),
  credential_jkt: field(CODE, text(128), 'DPoP or mTLS key thumbprint that the credential was presented with'),
  lifecycle: field(CODE, z.enum(LIFECYCLES), 'What began or ended'),
  tool_name: field(CODE, text(256), 'Tool that was called'),
  tool_server: field(CODE, text(256), 'MCP server or service of the tool'),
  tool_class: field(CODE, z.enum(TOOL_CLASSES), 'What the tool does; derived from its name where absent'),
  target: field(CODE, text(1024), 'Resource acted on'),
  args_digest: field('String', text(128), 'Keyed digest of the canonical arguments'),
  result_digest: field('String', text(128), 'Keyed digest of the canonical result'),
  args_values: field('Array(UInt64)', values, 'Salient values of the arguments, kept as keyed fingerprints'),
  result_values: field('Array(UInt64)', values, 'Salient values of the result, kept as keyed fingerprints'),
  request_values: field('Array(UInt64)', values, "Salient values of the user's request, kept as keyed fingerprints"),
  request_classes: field(
    'Array(LowCardinality(String))',
    z.array(z.enum(TOOL_CLASSES)).max(16),
    "Tool classes that the user's request names",
  ),
  scope_tools: field('Array(LowCardinality(String))', names, "Tools of the task's declared scope"),
  scope_targets: field(
    'Array(LowCardinality(String))',
    names,
    "Target patterns (* wildcard) of the task's declared scope",
  ),
  outcome: field(CODE, z.enum(OUTCOMES), 'How it ended'),
  error_type: field(CODE, text(256), 'Class of the error'),
  error_status: field('UInt16', z.int().min(0).max(65535), 'HTTP or gRPC status'),
  source_ip: field(CODE, text(128), 'Address the call came from'),
  source_asn: field('UInt32', z.int().min(0).max(4294967295), 'Autonomous system of the address'),
  source_country: field(CODE, z.string().regex(/^[A-Z]{2}$/), 'ISO 3166 country of the address'),
  user_agent: field(CODE, text(1024), 'Client software as it names itself'),
  trace_id: field('String', text(64), 'W3C trace id, lower-case hex'),
  span_id: field('String', text(32), 'W3C span id, lower-case hex'),
  model: field(CODE, text(256), 'Language model'),
  tokens_in: field('UInt64', count, 'Model tokens read, cache included'),
  tokens_out: field('UInt64', count, 'Model tokens written'),
  cost_usd: field('Float64', z.number().min(0).max(1e9), 'Cost in US dollars'),
  marks: field(
    'Array(LowCardinality(String))',
    names,
    'Findings of the door about this event: secret_exposure, exposed_in_args, exposed_in_result, exposed_by_name (only the name of the field says so), clock_skew, service_hop',
  ),
  attributes: field('Map(String, String)', texts, 'Everything else, bounded and redacted'),
});

/** An event as everything behind the door sees it. Over a frame it is a light row, valid only during the call. */
export type AgentEvent = Readonly<RowOf<(typeof EVENT)['fields']>>;
export type EventField = keyof AgentEvent;

/** Fields that only the door sees: raw content that is fingerprinted, scanned and dropped there. */
export const RAW = {
  token: z
    .string()
    .min(1)
    .max(16384)
    .describe('Raw credential: turned into a keyed fingerprint and handles, then dropped'),
  args: z.unknown().describe('Raw arguments: digested, scanned for secrets, then dropped'),
  result: z.unknown().describe('Raw result: digested, scanned for secrets, then dropped'),
  request: z
    .string()
    .max(65536)
    .describe("Text of the user's request: its salient values are kept, then it is dropped"),
};

/** Set by Tripline; a payload that carries them is refused. */
const OURS = ['received', 'producer', 'lifecycle', 'kind'] as const satisfies readonly EventField[];

const F = EVENT.fields;
type Common = { [K in Exclude<EventField, (typeof OURS)[number]>]: z.ZodOptional<(typeof F)[K]['schema']> };
const common = Object.fromEntries(
  Object.entries(F)
    .filter(([name]) => !(OURS as readonly string[]).includes(name))
    .map(([name, f]: [string, Field]) => [name, f.schema.optional()]),
) as Common;
const raw = {
  token: RAW.token.optional(),
  args: RAW.args.optional(),
  result: RAW.result.optional(),
  request: RAW.request.optional(),
};

/**
 * The strict union of what may be posted: the only door into the pipeline.
 * Names are those of EVENT; times are ISO texts, values are texts (the door fingerprints them).
 */
export const PostedEvent = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    ...raw,
    kind: z.literal('tool_call'),
    agent_id: F.agent_id.schema,
    tool_name: F.tool_name.schema,
    outcome: F.outcome.schema,
  }),
  z.strictObject({ ...common, ...raw, kind: z.literal('token_use'), outcome: F.outcome.schema }),
  z.strictObject({ ...common, ...raw, kind: z.literal('model_usage'), agent_id: F.agent_id.schema }),
  z.strictObject({ ...common, ...raw, kind: z.literal('lifecycle'), lifecycle: F.lifecycle.schema }),
]);
export type PostedEvent = z.input<typeof PostedEvent>;
