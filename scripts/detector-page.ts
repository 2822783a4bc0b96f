import assert from 'node:assert';
import * as z from 'zod';
import { FRAMEWORKS } from '../detectors/taxonomy.ts';
import type { Detector, DetectorMeta } from '../src/detect/detector.ts';
import { SELF_META } from '../src/detect/self-meta.ts';
import { table } from './table.ts';

/** The page of a detector, in Markdown: all of it comes from the object. */
export function detectorPage(detector: Detector): string {
  const { id, version, key, meta } = detector;
  const facts = [
    `maturity ${meta.maturity}`,
    `severity ${meta.severity}`,
    `version ${version}`,
    `reads the events of one ${key}`,
  ];
  return `${[
    `# ${id}`,
    `${meta.title}. ${capital(facts.join(', '))}.`,
    '<!-- Written by scripts/generate-detector-docs.ts. Change the object, not this page. -->',
    meta.detects,
    section('Misses', bullets(meta.misses)),
    section('False positives', bullets(meta.false_positives)),
    section('Triage', meta.triage.map((step, at) => `${at + 1}. ${step}`).join('\n')),
    section('Options', optionsTable(optionsOf(detector.config))),
    ...(mappingOf(detector).length > 0 ? [section('Mapping', mappingTable(detector))] : []),
  ].join('\n\n')}\n`;
}

export interface Option {
  name: string;
  type: string;
  fallback: unknown;
  /** Of a number. */
  minimum: number | undefined;
  description: string;
}

/** The page of all of them, and of what the runtime says of itself. */
export function detectorsPage(detectors: readonly Detector[]): string {
  const row = (id: string, { title, maturity, severity }: DetectorMeta) => [id, maturity, severity, title];
  return `${[
    '# Detectors',
    '<!-- Written by scripts/generate-detector-docs.ts. Change the objects, not this page. -->',
    table(
      ['Detector', 'Maturity', 'Severity', 'What'],
      detectors.map(({ id, meta }) => row(`[${id}](${id}/README.md)`, meta)),
    ),
    section(
      'What the runtime says of itself',
      'Always on, whichever detectors are; options are in the section `detect` of the configuration. None of it may act.',
    ),
    ...Object.entries(SELF_META).map(([id, meta]) => ownSection(id, meta)),
  ].join('\n\n')}\n`;
}

function ownSection(id: string, meta: DetectorMeta): string {
  const { title, maturity, severity, detects, misses, false_positives, triage } = meta;
  return [
    `### ${id}`,
    `${title}. ${capital(`maturity ${maturity}, severity ${severity}`)}.`,
    detects,
    `Misses:\n\n${bullets(misses)}`,
    `False positives:\n\n${bullets(false_positives)}`,
    `Triage:\n\n${triage.map((step, at) => `${at + 1}. ${step}`).join('\n')}`,
  ].join('\n\n');
}

/** Options of a detector, from its schema. Throws where one has no default or no description. */
export function optionsOf(config: z.ZodType): Option[] {
  const schema = z.toJSONSchema(config, { io: 'input' });
  assert(schema.type === 'object' && schema.additionalProperties === false, 'config is a strict object');
  return Object.entries(schema.properties ?? {}).map(([name, option]) => {
    assert(typeof option === 'object' && option.default !== undefined, `${name} has a default`);
    assert(option.description, `${name} is described`);
    const { default: fallback, description, minimum } = option;
    return { name, type: typeOf(option), fallback, minimum, description };
  });
}

type Schema = z.core.JSONSchema.BaseSchema;

function typeOf(option: Schema): string {
  if (option.enum !== undefined) return option.enum.map(String).join(' or ');
  if (option.type === 'array') return `list of ${typeOf(option.items as Schema)}`;
  const { minimum, maximum } = option;
  const limit = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && limit !== undefined) return `${option.type}, ${minimum} to ${limit}`;
  if (minimum !== undefined) return `${option.type}, at least ${minimum}`;
  return String(option.type);
}

function optionsTable(options: readonly Option[]): string {
  return table(
    ['Option', 'Type', 'Default', 'What it does'],
    options.map(({ name, type, fallback, description }) => [
      `\`${name}\``,
      type,
      `\`${JSON.stringify(fallback)}\``,
      description,
    ]),
  );
}

function mappingTable(detector: Detector): string {
  return table(['Framework', 'Id', 'Name'], mappingOf(detector));
}

function mappingOf({ meta }: Detector): string[][] {
  return FRAMEWORKS.flatMap(({ title, ids, names }) =>
    ids(meta).map((id) => {
      const name = names.get(id);
      assert(name !== undefined, `${id} is in detectors/taxonomy.ts`);
      return [title, id, name];
    }),
  );
}

const section = (title: string, text: string) => `## ${title}\n\n${text}`;
const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n');
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
