import assert from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser of this machine, where there is one. */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

export interface Browser {
  /** Opens an address and resolves when it is loaded. */
  open(url: string): Promise<void>;
  /** Value of an expression in the page. */
  read<T>(expression: string): Promise<T>;
  /** What the console and the browser complained about, and dialogs that were opened. */
  readonly complaints: string[];
  /** PNG of the page. */
  picture(width: number, height: number, scheme: 'light' | 'dark'): Promise<Buffer>;
  close(): Promise<void>;
}

interface Reply {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** A real browser without a window, spoken to through two pipes. */
export async function startBrowser(executable: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'tripline-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(executable, [...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const pipes = connectPipes(child);
  const { targetInfos } = await pipes.send('Target.getTargets');
  const target = (targetInfos as { targetId: string; type: string }[]).find(({ type }) => type === 'page');
  assert(target, 'a browser starts with a page');
  const attached = await pipes.send('Target.attachToTarget', { targetId: target.targetId, flatten: true });
  const send = (method: string, params?: object) => pipes.send(method, params, attached.sessionId as string);
  const complaints: string[] = [];
  pipes.on('Runtime.consoleAPICalled', ({ type, args }) => complaints.push(`${type}: ${JSON.stringify(args)}`));
  pipes.on('Runtime.exceptionThrown', (params) => complaints.push(JSON.stringify(params)));
  pipes.on('Log.entryAdded', ({ entry }) => complaints.push(JSON.stringify(entry)));
  pipes.on('Page.javascriptDialogOpening', ({ message }) => complaints.push(`dialog: ${message}`));
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  return {
    complaints,
    async open(url) {
      const loaded = new Promise<void>((resolve) => pipes.on('Page.loadEventFired', () => resolve()));
      await send('Page.navigate', { url });
      await loaded;
    },
    async read<T>(expression: string) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
      assert(exceptionDetails === undefined, JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async picture(width, height, scheme) {
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(data as string, 'base64');
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await Promise.race([pipes.send('Browser.close'), ended]);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Messages end in a zero byte, in both directions. */
function connectPipes(child: ChildProcess) {
  const [, , , to, from] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  const listeners: [method: string, listener: (params: Record<string, unknown>) => void][] = [];
  let ids = 0;
  let text = '';
  const take = (message: Reply) => {
    const call = message.id === undefined ? undefined : waiting.get(message.id);
    if (message.error) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result ?? {});
    for (const [method, listener] of listeners) if (method === message.method) listener(message.params ?? {});
  };
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (text + chunk).split('\0');
    text = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Reply);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The browser has ended'));
  });
  to.on('error', () => {});
  return {
    on: (method: string, listener: (params: Record<string, unknown>) => void) =>
      void listeners.push([method, listener]),
    send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
      const id = ++ids;
      const answer = new Promise<Record<string, unknown>>((resolve, reject) => waiting.set(id, { resolve, reject }));
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return answer.finally(() => waiting.delete(id));
    },
  };
}
