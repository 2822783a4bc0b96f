import type { Unmapped } from '../mapped.ts';

/** An attribute value: OTLP AnyValue without its wrapping. 64-bit integers beyond 2^53 stay texts. */
export type Value = string | number | boolean | null | Value[] | Attributes;
/** Keys come from outside, hence a Map and never a plain object. */
export type Attributes = Map<string, Value>;

export interface SpanEvent {
  name: string;
  attributes: Attributes;
}

/** One span or log record, whichever encoding or file format it came in. */
export interface Item {
  signal: 'span' | 'log';
  /** Span name, or the event name of a log record (`eventName`, `event.name` or a text body). */
  name: string;
  scope: string;
  /** Lower-case hex; '' where absent. */
  trace_id: string;
  span_id: string;
  parent_span_id: string;
  /** 0 unset, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  /** Epoch milliseconds; 0 where absent. A log record has both at its time. */
  start_ms: number;
  end_ms: number;
  /** 0 unset, 1 ok, 2 error. */
  status: number;
  status_message: string;
  attributes: Attributes;
  resource: Attributes;
  events: SpanEvent[];
  body: Value;
}

/** A decoded request: one entry per span or log record, in order; a record that is not one is refused in place. */
export type Decoded = (Item | Unmapped)[];

export function isItem(entry: Item | Unmapped): entry is Item {
  return 'signal' in entry;
}
