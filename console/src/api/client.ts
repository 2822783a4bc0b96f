/** An answer that is not what was asked for, with the code that the API gave it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Params = Readonly<Record<string, string | number | undefined>>;

export function addressOf(path: string, params: Params = {}): string {
  const set = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return query === '' ? path : `${path}?${query}`;
}

export async function getJson<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  return read<T>(await ask(addressOf(path, params), signal === undefined ? {} : { signal }));
}

export async function postJson<T>(path: string, body: object): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return read<T>(await ask(path, init));
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const answer = await ask(path, signal === undefined ? {} : { signal });
  if (!answer.ok) throw new ApiError(answer.status, 'refused', `${path} was answered with ${answer.status}`);
  return answer.text();
}

async function ask(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'Tripline does not answer: is it running?');
  }
}

async function read<T>(answer: Response): Promise<T> {
  const body = (await answer.json().catch(() => ({}))) as { error?: string; message?: string };
  if (answer.ok) return body as T;
  throw new ApiError(answer.status, body.error ?? 'refused', body.message ?? `Answered with ${answer.status}`);
}
