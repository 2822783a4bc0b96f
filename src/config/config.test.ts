import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tripline-config-'));
const home = process.cwd();
afterEach(() => process.chdir(home));
afterAll(() => rmSync(folder, { recursive: true }));

const code = 'TRIPLINE_CONFIG_INVALID';

function written(text: string, name = 'given.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function refusal(text: string): Promise<string> {
  const file = written(text);
  const error: unknown = await loadConfig(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code, retriable: false });
  const { message } = error as Error;
  expect(message).toContain(file);
  return message.replace(file, 'FILE');
}

describe('a configuration that cannot be used', () => {
  it.each<[string, string, string]>([
    ['an unknown option', 'serve: { prot: 1 }', 'FILE cannot be used: serve: Unrecognized key: "prot"'],
    ['an unknown section', 'sevre: { port: 1 }', 'FILE cannot be used: top level: Unrecognized key: "sevre"'],
    [
      'a text where a number belongs',
      'serve: { port: high }',
      'FILE cannot be used: serve.port: expected a number, got "high"',
    ],
    [
      'a number in quotes',
      'store: { alerts_days: "30" }',
      'FILE cannot be used: store.alerts_days: expected a number, got "30"',
    ],
    [
      'a fraction where a whole number belongs',
      'serve: { port: 1.5 }',
      'FILE cannot be used: serve.port: expected a whole number, got 1.5',
    ],
    [
      'a list where a section belongs',
      'serve: [1]',
      'FILE cannot be used: serve: expected a section of options, got [1]',
    ],
    [
      'too much',
      'log: { partitions: { events: 257 } }',
      'FILE cannot be used: log.partitions.events: expected at most 256, got 257',
    ],
    [
      'too little',
      'log: { partitions: { events: 0 } }',
      'FILE cannot be used: log.partitions.events: expected at least 1, got 0',
    ],
    ['an empty text', "data_dir: ''", 'FILE cannot be used: data_dir: expected at least 1 characters, got ""'],
    [
      'an address that is not loopback for the API',
      'serve: { host: 0.0.0.0 }',
      'FILE cannot be used: serve.host: expected one of 127.0.0.1, localhost, ::1, got "0.0.0.0"',
    ],
    [
      'two options that contradict each other',
      'archive: { retry_ms_min: 5, retry_ms_max: 1 }',
      'FILE cannot be used: archive: retry_ms_min (5) is above retry_ms_max (1)',
    ],
    ['no section at all', 'hello', 'FILE cannot be used: top level: expected a section of options, got "hello"'],
    ['a list', '- a', 'FILE cannot be used: top level: expected a section of options, got ["a"]'],
    [
      'several mistakes, each named',
      'serve: { port: -1, streams_max: x }',
      'FILE cannot be used: serve.port: expected at least 0, got -1; serve.streams_max: expected a number, got "x"',
    ],
    [
      'a name given twice',
      'serve: { port: 1 }\nserve: { port: 2 }',
      'FILE is not YAML: Map keys must be unique at line 2, column 1',
    ],
  ])('says which option, what was expected and what was there: %s', async (_, text, expected) => {
    expect(await refusal(text)).toBe(expected);
  });

  it('says where a file stops being YAML, in one line and without its content', async () => {
    const message = await refusal('serve: {\n  port: 1\nidp: whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=\n');
    expect(message).toMatch(/^FILE is not YAML: .+ at line \d+, column \d+$/);
    expect(message).not.toContain('whsec');
  });

  it('does not show a secret that was put where the name of one belongs', async () => {
    const message = await refusal('respond: { receivers: { idp: hunter2-hunter2 } }');
    expect(message).toContain('respond.receivers.idp: expected a section of options');
    expect(message).not.toContain('hunter2');
    const key = await refusal('data_dir: [AKIAIOSFODNN7EXAMPLE]');
    expect(key).toContain('data_dir: expected a text');
    expect(key).not.toContain('AKIAIOSFODNN7EXAMPLE');
  });

  it('may not be missing when it was named', async () => {
    const file = join(folder, 'gone.yaml');
    await expect(loadConfig(file)).rejects.toMatchObject({
      code,
      message: `The configuration ${file} cannot be read`,
      cause: { code: 'ENOENT' },
    });
    await expect(loadConfig(folder)).rejects.toMatchObject({ code, cause: { code: 'EISDIR' } });
  });
});

describe('what was set where', () => {
  it('is the default without a file', async () => {
    process.chdir(mkdtempSync(join(folder, 'empty-')));
    const config = await loadConfig(undefined);
    expect(config).toEqual(parseConfig({}, 'test'));
    expect(config).toMatchObject({
      data_dir: '.tripline',
      ingest: { host: '127.0.0.1', port: 4318 },
      serve: { host: '127.0.0.1', port: 4380, page_rows_max: 200 },
      store: { events_days: 30, alerts_days: 365 },
    });
  });

  it('is read from tripline.yaml of the working directory, unless another file was named', async () => {
    process.chdir(mkdtempSync(join(folder, 'home-')));
    writeFileSync('tripline.yaml', 'serve: { port: 1 }\nstore: { events_days: 7 }\n');
    expect(await loadConfig(undefined)).toMatchObject({ serve: { port: 1 }, store: { events_days: 7 } });
    const other = written('serve: { port: 2 }');
    expect(await loadConfig(other)).toMatchObject({ serve: { port: 2 }, store: { events_days: 30 } });
  });

  it('goes flag before file before default, option by option', async () => {
    const file = written('data_dir: /from/file\nserve: { port: 1, streams_max: 9 }\ningest: { port: 3 }\n');
    const config = await loadConfig(file, { data_dir: '/from/flag', serve: { port: 0 } });
    expect(config).toMatchObject({
      data_dir: '/from/flag',
      serve: { port: 0, streams_max: 9, page_rows_max: 200 },
      ingest: { port: 3 },
    });
  });

  it('is not read from the environment', async () => {
    process.env.TRIPLINE_DATA_DIR = '/from/environment';
    try {
      expect((await loadConfig(written('serve: { port: 1 }'))).data_dir).toBe('.tripline');
    } finally {
      delete process.env.TRIPLINE_DATA_DIR;
    }
  });

  it('is nothing where a section has only comments', async () => {
    const file = written('serve:\n  # port: 1\nlog:\n  retention:\n');
    expect(await loadConfig(file)).toEqual(parseConfig({}, 'test'));
    expect(await loadConfig(file, { serve: { port: 5 } })).toMatchObject({ serve: { port: 5 } });
    expect(await loadConfig(written('# all of it\n'))).toEqual(parseConfig({}, 'test'));
    expect(await refusal('serve:\n  prot:\n')).toBe('FILE cannot be used: serve: Unrecognized key: "prot"');
  });

  it('is still refused where a flag goes before it', async () => {
    await expect(loadConfig(written('serve: 5'), { serve: { port: 1 } })).rejects.toMatchObject({ code });
  });

  it('may be the example of its page', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
    const example = /An example:\n\n((?: {4}.*\n)+)/.exec(page)?.[1] ?? '';
    expect(await loadConfig(written(example.replaceAll(/^ {4}/gm, '')))).toMatchObject({
      data_dir: '/var/lib/tripline',
      serve: { port: 8080 },
      log: { retention: { age_ms: 86_400_000 } },
    });
  });

  it('may be JSON', async () => {
    expect(await loadConfig(written('{"serve":{"port":8080}}', 'given.json'))).toMatchObject({ serve: { port: 8080 } });
  });
});
