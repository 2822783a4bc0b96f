import assert from 'node:assert';
import { plainTime } from './time.ts';

/**
 * Straight-line code made from a list of fields. A loop over fifty names asks for each property by a name that the engine does not know
 * beforehand, which costs ten times as much as to name it: this is most of what a door does. Names and limits are ours, never a sender's.
 */

/** The part of JSON Schema that the fields of events use. */
export interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

export type Check = (value: unknown) => boolean;

/** A check of a value against a schema. A keyword that it does not know is an assertion: no rule goes unchecked. */
export function compileCheck(schema: Schema): Check {
  const refs: unknown[] = [];
  const body = schema.properties ? ofObject(schema, refs) : `return ${ofValue(schema, refs)};`;
  return make<Check>(['v'], body, refs);
}

/** A function of one object that gives `expressions` of it as an object with these names; `p` is the object, `r` the refs. */
export function compileObject<R>(expressions: Readonly<Record<string, string>>, refs: readonly unknown[]) {
  const properties = Object.entries(expressions).map(([name, code]) => `${JSON.stringify(name)}: ${code}`);
  return make<(p: object) => R>(['p'], `return {${properties.join(', ')}};`, refs);
}

/** Copies the property `name` of all `rows` into `values`. */
export function compileColumn(name: string): (rows: readonly object[], values: unknown[]) => void {
  const body = `for (let i = 0; i < rows.length; i++) values[i] = rows[i][${JSON.stringify(name)}];`;
  return make(['rows', 'values'], body, []);
}

/** A function with the parameters `names` that also sees `r`, the refs. */
export function make<F>(names: readonly string[], body: string, refs: readonly unknown[]): F {
  return new Function('r', `return function (${names.join(', ')}) { ${body} };`)(refs) as F;
}

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  any: [],
  string: ['minLength', 'maxLength', 'pattern', 'format', 'enum', 'const'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['items', 'maxItems'],
  object: ['propertyNames', 'additionalProperties'],
};

function ofValue(schema: Schema, refs: unknown[]): string {
  const { type = 'any' } = schema;
  const known = KEYWORDS[type];
  for (const keyword of Object.keys(schema))
    assert(
      keyword === 'type' || keyword === 'description' || known?.includes(keyword),
      `${keyword} of ${type} is not checked`,
    );
  if (type === 'string') return ofText(schema, refs);
  if (type === 'number' || type === 'integer') return ofNumber(schema);
  if (type === 'array') return `Array.isArray(v) && v.length <= ${schema.maxItems} && v.every(${item(schema, refs)})`;
  return type === 'object' ? `${ref(isRecord, refs)}(v, ${key(schema, refs)}, ${entry(schema, refs)})` : 'true';
}

function ofText({ minLength = 0, maxLength, pattern, format, enum: choices, const: only }: Schema, refs: unknown[]) {
  if (only !== undefined) return `v === ${JSON.stringify(only)}`;
  if (choices !== undefined) return `${ref(new Set(choices), refs)}.has(v)`;
  assert(minLength <= 1, 'A text of one unit has one character: more would have to be counted');
  const parts = ['typeof v === "string"', `v.length >= ${minLength}`];
  if (maxLength !== undefined) parts.push(`(v.length <= ${maxLength} || ${ref(fitsIn, refs)}(v, ${maxLength}))`);
  if (pattern !== undefined) {
    const fits = `${ref(new RegExp(pattern), refs)}.test(v)`;
    parts.push(
      format === 'date-time' ? `(${ref(plainTime, refs)}(v) === ${ref(plainTime, refs)}(v) || ${fits})` : fits,
    );
  }
  return parts.join(' && ');
}

function ofNumber({ type, minimum, maximum }: Schema): string {
  const whole = type === 'integer' ? 'Number.isInteger(v)' : 'Number.isFinite(v)';
  return `${whole} && v >= ${minimum} && v <= ${maximum}`;
}

const item = ({ items }: Schema, refs: unknown[]) => ref(compileCheck(items!), refs);
const key = ({ propertyNames }: Schema, refs: unknown[]) => ref(compileCheck(propertyNames!), refs);
const entry = ({ additionalProperties }: Schema, refs: unknown[]) =>
  ref(compileCheck(additionalProperties as Schema), refs);

function ref(value: unknown, refs: unknown[]): string {
  return `r[${refs.push(value) - 1}]`;
}

/** Counts what it has checked: as many names are left over as there are unknown ones. */
function ofObject({ properties = {}, required = [], additionalProperties }: Schema, refs: unknown[]): string {
  assert(additionalProperties === false, 'Unknown names are refused');
  const lines = Object.entries(properties).map(([name, schema]) => {
    const absent = required.includes(name) ? 'return false' : '';
    return `v = p[${JSON.stringify(name)}]; if (v === undefined) { ${absent} } else { n++; if (!(${ofValue(schema, refs)})) return false; }`;
  });
  const isKnown = `${ref(new Set(Object.keys(properties)), refs)}.has(name)`;
  return `if (typeof v !== 'object' || v === null || Array.isArray(v)) return false;
    const p = v; let n = 0;
    ${lines.join('\n')}
    for (const name in p) n--;
    if (n === 0) return true;
    for (const name in p) if (!${isKnown}) return false;
    return true;`;
}

function isRecord(value: unknown, isKey: Check, isEntry: Check): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (!isKey(name) || !isEntry((value as Record<string, unknown>)[name])) return false;
  return true;
}

/** Limits count code points: only a text near its limit is counted. */
function fitsIn(text: string, points_max: number): boolean {
  if (text.length > 2 * points_max) return false;
  let count = 0;
  for (const _point of text) count += 1;
  return count <= points_max;
}
