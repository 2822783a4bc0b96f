/**
 * OTLP as the door uses it: decode the body, map the records, encode the answer.
 *
 *     const mapped = otlpTraces(decodeTraces(body, 'protobuf'));
 *
 * `mapped` has one entry per span or log record, in order. Entries with `ignored` are healthy records that
 * are not about agents: they are neither accepted nor rejected. Count them, but leave `partialSuccess` unset
 * when nothing was rejected: several SDKs print even its warning form as an error, on every export.
 */
export { decodeLogs, decodeTraces, type Encoding } from './decode.ts';
export { encodeLogsResponse, encodeStatus, encodeTraceResponse } from './encode.ts';
export type { Decoded } from './item.ts';
export { otlpLogs, otlpTraces } from './map.ts';
