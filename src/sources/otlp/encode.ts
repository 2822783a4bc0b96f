import protobuf from 'protobufjs/minimal.js';
import type { Encoding } from './decode.ts';

export interface Partial {
  /** Records that were refused; 0 with a message is a warning. */
  rejected: number;
  message: string;
}

/** ExportTraceServiceResponse. `partialSuccess` stays unset when nothing is to be said. */
export function encodeTraceResponse(partial: Partial, encoding: Encoding): Buffer {
  return response(partial, encoding, 'rejectedSpans');
}

/** ExportLogsServiceResponse. */
export function encodeLogsResponse(partial: Partial, encoding: Encoding): Buffer {
  return response(partial, encoding, 'rejectedLogRecords');
}

/** google.rpc.Status, the body of every error answer. OTLP does not use its code. */
export function encodeStatus(message: string, encoding: Encoding): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ message }));
  return Buffer.from(protobuf.Writer.create().uint32(tag(2, 2)).string(message).finish());
}

function response({ rejected, message }: Partial, encoding: Encoding, count: string): Buffer {
  const silent = rejected === 0 && message === '';
  if (encoding === 'json') {
    // 64-bit integers are texts in OTLP/JSON.
    const partialSuccess = { [count]: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(silent ? {} : { partialSuccess }));
  }
  const writer = protobuf.Writer.create();
  if (!silent) {
    writer.uint32(tag(1, 2)).fork();
    if (rejected > 0) writer.uint32(tag(1, 0)).int64(rejected);
    if (message !== '') writer.uint32(tag(2, 2)).string(message);
    writer.ldelim();
  }
  return Buffer.from(writer.finish());
}

const tag = (field: number, wireType: number) => (field << 3) | wireType;
