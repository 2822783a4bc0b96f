/** A call that the gateway let through. */
export interface Call {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
  /** How often this client has called this path, this call included. */
  nth: number;
}

export interface Answer {
  status: number;
  body: unknown;
  retry_after_s?: number;
}

/** One operation of the resource API: where it is, what a token needs, what it answers. */
export interface Resource {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  scope: string;
  answer(call: Call): Answer;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** A small stable number of a text: data that differs from id to id, and is the same at every run. */
export function numberOf(text: string, below: number): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0;
  return hash % below;
}

export function pick<T>(text: string, from: readonly T[]): T {
  return from[numberOf(text, from.length)]!;
}
