import assert from 'node:assert';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Config } from '../src/config/config.ts';
import { REVOKERS } from '../src/respond/revokers/index.ts';
import { table } from './table.ts';

/** Writes docs/configuration.md from the schema of the configuration; with --check only says whether it is stale. */
type Schema = z.core.JSONSchema.BaseSchema;

interface Option {
  name: string;
  schema: Schema;
  required: boolean;
}

const INTRODUCTION = `Every option, its default and what it may be. It is read at start; an unknown option or a wrong value ends the start with one sentence that names it.
The options of detectors (\`detect.detectors\`) and the policy file are followed while Tripline runs: a change takes effect within seconds, one that cannot be used is logged and counted (\`tripline_reloads_total\`) and what held before still holds. The rest waits for the next start.

    npx tripline up --config FILE

- The file is YAML (JSON is YAML). Without \`--config\` it is \`tripline.yaml\` of the working directory where there is one, and otherwise the defaults.
- \`--data-dir\`, \`--port\` (of \`ingest\`) and \`--api-port\` (of \`serve\`) go before the file, and the file goes before the defaults.
- No option is read from the environment. Secrets of receivers are, because a configuration holds none: \`{env: NAME}\` or \`{file: PATH}\` says where one is.
- Names end in what they count: \`_ms\`, \`_s\`, \`_bytes\`, \`_days\`; \`_max\` is a limit, \`_min\` its other end. An empty section is one that was not set.

An example:

    data_dir: /var/lib/tripline
    serve: { port: 8080 }
    log:
      retention: { age_ms: 86400000 }
    detect:
      detectors:
        retry-storm: { enabled: false }
    respond:
      policy_file: policy.yaml
      receivers:
        idp: { type: webhook, url: https://idp.example/revocations, secrets: [{ env: IDP_WEBHOOK_SECRET }] }`;

function configPage(): string {
  const options = optionsOf(z.toJSONSchema(Config, { io: 'input' }));
  const isSection = ({ schema }: Option) => schema.properties !== undefined;
  return `${[
    '# Configuration',
    '<!-- Written by scripts/generate-config-docs.ts. Change the schema, not this page. -->',
    INTRODUCTION,
    `## Top level\n\n${optionsTable(options.filter((option) => !isSection(option)))}`,
    ...options.filter(isSection).map(sectionOf),
    ...REVOKERS.map(({ id, meta, config }) => {
      const receiver = optionsOf(z.toJSONSchema(config, { io: 'input' })).filter(({ name }) => name !== 'type');
      return `## Receiver of type ${id}\n\n${meta.title}.\n\n${optionsTable(receiver.flatMap(flat))}`;
    }),
  ].join('\n\n')}\n`;
}

function sectionOf({ name, schema }: Option): string {
  const note = NOTES[name];
  return [
    `## ${name}`,
    `${schema.description}.`,
    optionsTable(optionsOf(schema).flatMap(flat)),
    ...(note ? [note] : []),
  ]
    .map((part) => part.trim())
    .join('\n\n');
}

const NOTES: Record<string, string> = {
  detect:
    "A detector's own options are on its page: [detectors](../detectors), for example `detectors: { retry-storm: { config: { exact_calls: 6 } } }`. Others for a tenant or a class of agents:\n\n    detect:\n      detectors:\n        retry-storm:\n          variants:\n            - { agents: ['ci-*'], config: { exact_calls: 8 } }\n            - { tenants: [test], enabled: false }",
};

function optionsOf(schema: Schema): Option[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, option]) => {
    assert(typeof option === 'object', `${name} has a schema`);
    return { name, schema: option, required: required.has(name) };
  });
}

/** A section inside a section as options of its own, by path. */
function flat(option: Option): Option[] {
  const { name, schema } = option;
  if (schema.properties) return optionsOf(schema).flatMap((inner) => flat({ ...inner, name: `${name}.${inner.name}` }));
  return [option, ...namedBy(option)];
}

/** The options of each entry, where the names are up to the operator. */
function namedBy({ name, schema }: Option): Option[] {
  const entry = schema.additionalProperties;
  if (typeof entry !== 'object' || entry.additionalProperties !== false) return [];
  return optionsOf(entry).flatMap((inner) => flat({ ...inner, name: `${name}.NAME.${inner.name}` }));
}

function optionsTable(options: readonly Option[]): string {
  const rows = options.map(({ name, schema, required }) => {
    const description = schema.description;
    assert(description, `${name} is described`);
    return [`\`${name}\``, typeOf(schema), required ? 'must be given' : defaultOf(name, schema), description];
  });
  const long = options.filter(isLong).map(({ name, schema }) => `- \`${name}\`: ${codes(schema.default as string[])}`);
  const text = table(['Option', 'Type and range', 'Default', 'What it does'], rows);
  return long.length > 0 ? `${text}\n\nThe longer defaults:\n\n${long.join('\n')}` : text;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return codes(schema.enum.map(String));
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => typeOf(one as Schema)))].join(' or ');
  switch (schema.type) {
    case 'array':
      return `list of ${bracketed(typeOf(schema.items as Schema))}${range(schema.minItems, schema.maxItems, ' long')}`;
    case 'object':
      return objectOf(schema);
    case 'string':
      return `${schema.format === 'uri' ? 'address' : 'text'}${range(undefined, schema.maxLength, ' characters')}`;
    case 'integer':
      return `whole number${range(schema.minimum, schema.maximum, '')}`;
    case 'number':
      return `number${range(schema.minimum, schema.maximum, '')}`;
    case 'boolean':
      return 'true or false';
    default:
      return 'anything';
  }
}

function objectOf(schema: Schema): string {
  if (schema.properties) return `{${Object.keys(schema.properties).join(', ')}}`;
  const entry = schema.additionalProperties;
  const named = typeof entry !== 'object' || entry.properties ? 'options' : typeOf(entry);
  return named === 'anything' ? 'by name' : `by name: ${named}`;
}

function range(minimum: number | undefined, maximum: number | undefined, unit: string): string {
  const limit = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && limit !== undefined) return `, ${minimum} to ${limit}${unit}`;
  if (minimum !== undefined) return `, at least ${minimum}${unit}`;
  return limit === undefined ? '' : `, at most ${limit}${unit}`;
}

const LONG = 60;

function isLong({ schema }: Option): boolean {
  return Array.isArray(schema.default) && JSON.stringify(schema.default).length > LONG;
}

function defaultOf(name: string, schema: Schema): string {
  const value = schema.default;
  if (value === undefined) return 'none';
  if (isLong({ name, schema, required: false })) return `${(value as unknown[]).length} entries, below`;
  return `\`${JSON.stringify(value)}\`${inWords(name, value)}`;
}

/** Large numbers in a unit that is read at a glance. */
function inWords(name: string, value: unknown): string {
  if (typeof value !== 'number') return '';
  const units = /\bbytes_|_bytes\b|_bytes_/.test(name) ? BYTES : /_ms\b|_ms_/.test(name) ? TIMES : [];
  const unit = units.find(([, size]) => value >= size && value % size === 0);
  return unit ? ` (${value / unit[1]} ${unit[0]})` : '';
}

const BYTES: [string, number][] = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
];
const TIMES: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

const bracketed = (type: string) => (type.includes(',') ? `(${type})` : type);
const codes = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(', ');

const file = join(import.meta.dirname, '..', 'docs', 'configuration.md');
const text = configPage();
const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (known !== text) {
  process.stderr.write('docs/configuration.md is stale: run npm run generate\n');
  process.exitCode = 1;
}
