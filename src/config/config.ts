import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { ArchiveConfig } from '../archive/config.ts';
import { DetectConfig } from '../detect/config.ts';
import { hasCode, TriplineError } from '../errors.ts';
import { IngestConfig } from '../ingest/config.ts';
import { LogConfig } from '../log/config.ts';
import { RespondConfig } from '../respond/config.ts';
import { ServeConfig } from '../serve/config.ts';
import { SsfConfig } from '../ssf/config.ts';
import { StoreConfig } from '../store/config.ts';
import { TriageConfig } from '../triage/config.ts';
import { explain } from './explain.ts';
import { Roles, whyNotRoles } from './roles.ts';

/** Everything that can be configured: strict, every option described and defaulted, parsed once at start. */
export const Config = z.strictObject({
  data_dir: z
    .string()
    .min(1)
    .default('.tripline')
    .describe('Folder of the log, the store, keys and the install secret'),
  shared_dir: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of keys and secrets, where several processes share them; data_dir without it'),
  roles: Roles.describe('What this process does; fewer than all need log.kafka'),
  workers: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('Processes that share out ingest and detect of this machine, at one door; more than one needs log.kafka'),
  ingest: IngestConfig.describe('The door: where it listens, whom it believes, and every limit of what it takes'),
  log: LogConfig.describe('The log: its partitions, how long it keeps records, how much it takes at once'),
  detect: DetectConfig.describe('Detectors: how late events may be, and what state they may hold'),
  respond: RespondConfig.describe('How orders are carried out; what is to be done is in the policy file'),
  ssf: SsfConfig.optional().describe('Shared Signals: streams of security events that receivers make themselves'),
  archive: ArchiveConfig.describe('From the log into the store'),
  store: StoreConfig.describe('The store: how long rows are kept, and what a query may cost'),
  triage: TriageConfig.describe('What people do about alerts: how many at once'),
  serve: ServeConfig.describe('API, live stream and console'),
});

/** Read where no other file is named. */
export const DEFAULT_FILE = 'tripline.yaml';

export type Config = z.output<typeof Config>;
export type ConfigInput = z.input<typeof Config>;

/**
 * Parses a configuration.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID, naming each wrong option by its path, what was expected and what was there
 */
export function parseConfig(input: unknown, origin: string): Config {
  const parsed = Config.safeParse(input ?? {}, { reportInput: true });
  if (parsed.success) {
    const why = whyNotRoles(parsed.data);
    if (why !== undefined) throw invalid(`${origin} cannot be used: ${why}`);
    return parsed.data;
  }
  throw invalid(`${origin} cannot be used: ${parsed.error.issues.map(explain).join('; ')}`);
}

/**
 * Reads a YAML file (JSON is YAML) and puts `overrides` over it. The default file may be absent; a named one may not.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID
 */
export async function loadConfig(path: string | undefined, overrides: ConfigInput = {}): Promise<Config> {
  const file = path ?? DEFAULT_FILE;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (path === undefined && hasCode(error, 'ENOENT')) return '';
    throw invalid(`The configuration ${file} cannot be read`, error);
  });
  const read = readYaml(text, file);
  return parseConfig(isSection(read) ? merge(read, overrides) : read, file);
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // What follows the first line is the place in the file, which may hold a secret.
    throw invalid(`${file} is not YAML: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}`, error);
  }
}

/** `over` wins, section by section. A name with nothing behind it, as when all its options are comments, was not set. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = new Map<string, unknown>();
  for (const name of new Set([...Object.keys(base), ...Object.keys(over)])) {
    const below = base[name] ?? undefined;
    const above = over[name];
    if (isSection(below)) merged.set(name, merge(below, isSection(above) ? above : {}));
    // A section over what is none would hide the mistake.
    else merged.set(name, below !== undefined && isSection(above) ? below : (above ?? below));
  }
  return Object.fromEntries(merged);
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message, { cause });
}
