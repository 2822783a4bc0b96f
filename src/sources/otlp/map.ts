import type { Mapped } from '../mapped.ts';
import type { Decoded } from './item.ts';

export function otlpTraces(decoded: Decoded): Mapped[] {
  throw new Error(String(decoded.length));
}
export function otlpLogs(decoded: Decoded): Mapped[] {
  throw new Error(String(decoded.length));
}
