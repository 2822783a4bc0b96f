import { type Answer, request } from './request.ts';

export interface ApiOptions {
  /** Address that paths are put behind. */
  url: string;
  /** Asked at every request, so that a token may be a new one. */
  headers(signal: AbortSignal): Promise<Record<string, string>> | Record<string, string>;
  allow_private: boolean;
  /** Certificates (PEM) that it is checked by. */
  ca?: string;
}

/** Asks an HTTP API that takes and gives JSON. Rejects only where nobody could be reached. */
export type Api = (method: string, path: string, signal: AbortSignal, body?: object) => Promise<Answer>;

export function createApi({ url, headers, allow_private, ca }: ApiOptions): Api {
  const base = url.replace(/\/+$/, '');
  return async (method, path, signal, body) =>
    request({
      method,
      url: `${base}${path}`,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(await headers(signal)),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      allow_private,
      ...(ca !== undefined && { ca }),
    });
}

/** A handle as part of a path; undefined where it could lead to another place. Handles are what agents said of themselves. */
export function segment(handle: string | undefined): string | undefined {
  if (handle === undefined || !/^[\x21-\x7e]{1,1024}$/.test(handle) || handle === '.' || handle === '..')
    return undefined;
  return encodeURIComponent(handle);
}

/** The JSON of an answer; undefined where it is none. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}

export function isGood({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}
