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
import { StoreConfig } from '../store/config.ts';

/** Everything that can be configured: strict, every option described and defaulted, parsed once at start. */
export const Config = z.strictObject({
  data_dir: z
    .string()
    .min(1)
    .default('.tripline')
    .describe('Folder of the log, the store, keys and the install secret'),
  ingest: IngestConfig,
  log: LogConfig,
  detect: DetectConfig,
  respond: RespondConfig,
  archive: ArchiveConfig,
  store: StoreConfig,
  serve: ServeConfig,
});

export type Config = z.output<typeof Config>;
export type ConfigInput = z.input<typeof Config>;

/**
 * Parses a configuration.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID, naming each wrong option by its path and what was expected
 */
export function parseConfig(input: unknown, origin: string): Config {
  const parsed = Config.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'top level'}: ${issue.message}`);
  throw new TriplineError('TRIPLINE_CONFIG_INVALID', `${origin} cannot be used: ${lines.join('; ')}`);
}

/** Reads a YAML file (JSON is YAML). The default file may be absent; a named one may not. */
export async function loadConfig(path: string | undefined, overrides: ConfigInput = {}): Promise<Config> {
  const file = path ?? 'tripline.yaml';
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (path === undefined && hasCode(error, 'ENOENT')) return '';
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `The configuration ${file} cannot be read`, { cause: error });
  });
  try {
    return parseConfig(merge(parse(text) ?? {}, overrides), file);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `${file} is not YAML: ${error.message}`, { cause: error });
  }
}

/** `over` wins, section by section. Both come from the operator. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const known = merged[name];
    merged[name] = isSection(known) && isSection(value) ? merge(known, value) : (value ?? known);
  }
  return merged;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
