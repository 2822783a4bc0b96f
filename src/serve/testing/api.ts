import { request as httpRequest } from 'node:http';
import { pino } from 'pino';
import { ALERT, type Alert } from '../../alert/alert.ts';
import { EVENT } from '../../event/event.ts';
import { type Fields, type RecordType, type RowOf, rowOf } from '../../event/field.ts';
import { encodeFrame } from '../../event/frame/index.ts';
import type { Live } from '../../live/live.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import { ORDER, type Order } from '../../order/order.ts';
import { NO_SIGNER } from '../../signing/signer.ts';
import type { Store } from '../../store/index.ts';
import { type Recent, TriageConfig } from '../../triage/index.ts';
import { ServeConfig } from '../config.ts';
import type { Rules } from '../console/rules.ts';
import type { Control } from '../control.ts';
import type { Needs } from '../producers.ts';
import type { TakesOption } from '../quieter.ts';
import type { RevocationDeps } from '../revocation-list.ts';
import { type Health, type Serve, type ServeDeps, startServe } from '../serve.ts';

/** A whole second within every retention: the engine drops what is older. */
export const T = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
export const iso = (at: number) => new Date(at).toISOString();

export interface Api extends Serve {
  metrics: ReturnType<typeof createMetrics>;
  health: { now: Health };
  get(path: string): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
}

/** The API as it runs, on a free port. */
export async function startApi(parts: {
  store: Store;
  live: Live;
  config?: object;
  needs?: Needs;
  takesOption?: TakesOption;
  control?: Partial<Control>;
  revocations?: RevocationDeps;
  rules?: Rules;
  console?: string;
  triage?: Partial<ServeDeps['triage']>;
}): Promise<Api> {
  const metrics = createMetrics();
  const health: { now: Health } = { now: { status: 'ok' } };
  const serve = await startServe({
    needs: () => parts.needs ?? new Map(),
    takesOption: parts.takesOption ?? (() => false),
    control: parts.control as Control,
    triage: {
      recent: NOTHING_RECENT,
      record: async () => ({ done: [], conflicts: [] }),
      config: TriageConfig.parse({}),
      metrics,
      clock: Date.now,
      ...parts.triage,
    },
    revocations: parts.revocations ?? { revoked: async () => [], signer: NO_SIGNER },
    keptFrom: () => ({ alerts: 0, revocations: 0, audit: 0 }),
    rules: async () => parts.rules ?? { detectors: [], policy: { version: '', rules: [] } },
    console: parts.console ?? 'no such folder',
    store: parts.store,
    live: parts.live,
    metrics,
    logger: pino({ level: 'silent' }),
    config: ServeConfig.parse({ port: 0, ...parts.config }),
    health: async () => health.now,
    ready: () => (health.now.ready ?? health.now.status === 'ok') === true,
  });
  return {
    ...serve,
    metrics,
    health,
    async get(path) {
      const answer = await fetch(serve.url + path);
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}

const NOTHING_RECENT: Recent = {
  add() {},
  size: () => 0,
  acts: () => ({ sql: 'audit', params: {} }),
  stored: async () => {},
  close: async () => {},
};

export interface Page {
  items: Record<string, unknown>[];
  next_cursor?: string;
}

export async function page(api: Api, path: string): Promise<Page> {
  const { status, body } = await api.get(path);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`);
  return body as unknown as Page;
}

/** Reads to the end, with something happening between pages. */
export async function everyPage(
  api: Api,
  path: string,
  between: () => Promise<void> = async () => {},
): Promise<Page[]> {
  const pages: Page[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    pages.push(await page(api, path + (next && `&cursor=${next}`)));
    next = pages.at(-1)?.next_cursor;
    await between();
  }
  return pages;
}

/** A GET that says whatever it is told to, as a browser or fetch would not. */
export function rawGet(url: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { path, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

let tokens = 0;

export async function put<F extends Fields>(store: Store, type: RecordType<F>, rows: Partial<RowOf<F>>[]) {
  const frame = encodeFrame(
    type.columns,
    rows.map((row) => rowOf(type, row)),
  );
  await store.insert({ table: type.name, frames: [frame], token: `test ${tokens++}` });
}

export const frameOf = <F extends Fields>(type: RecordType<F>, rows: Partial<RowOf<F>>[]) =>
  encodeFrame(
    type.columns,
    rows.map((row) => rowOf(type, row)),
  );

export const alert = (alert_id: string, time: number, row: Partial<Alert> = {}): Alert =>
  rowOf(ALERT, {
    alert_id,
    time,
    detected: time + 5,
    tenant: 'default',
    detector: 'retry-storm',
    severity: 'high',
    maturity: 'stable',
    subject_kind: 'credential',
    window_from: time - 1000,
    window_to: time,
    ...row,
  });

export const order = (order_id: string, seq: number, time: number, row: Partial<Order> = {}): Order =>
  rowOf(ORDER, {
    order_id,
    seq,
    time,
    tenant: 'default',
    state: 'proposed',
    mode: 'enforce',
    action: 'revoke',
    target_kind: 'credential',
    ...row,
  });

export const event = (event_id: string, time: number, row: Partial<RowOf<typeof EVENT.fields>> = {}) =>
  rowOf(EVENT, { event_id, time, received: time, tenant: 'default', producer: 'p', kind: 'tool_call', ...row });
