import { TriplineError } from '../errors.ts';

/** Where a Tripline on this machine answers. */
export const DEFAULT_API = 'http://127.0.0.1:4380';

/**
 * Asks the API of a running Tripline: GET, or POST where there is a body.
 * @throws TriplineError TRIPLINE_SERVER_UNREACHABLE, or TRIPLINE_ORDER_REFUSED with what the API said
 */
export async function callApi<T = unknown>(api: string, path: string, body?: object): Promise<T> {
  if (!URL.canParse(path, api))
    throw new TriplineError(
      'TRIPLINE_CONFIG_INVALID',
      `--api: expected an address such as http://127.0.0.1:4380, got ${api}`,
    );
  const post = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(new URL(path, api), post).catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_SERVER_UNREACHABLE', `Nobody answers at ${api}`, { cause });
  });
  const answer = (await response.json().catch(() => ({}))) as { message?: string };
  if (response.ok) return answer as T;
  const message = answer.message ?? `${api} answered ${response.status}`;
  throw new TriplineError(response.status === 409 ? 'TRIPLINE_ORDER_REFUSED' : 'TRIPLINE_SERVER_UNREACHABLE', message);
}
