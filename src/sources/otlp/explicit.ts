import { EVENT, type EventField, RAW } from '../../event/event.ts';
import type { ColumnType } from '../../event/field.ts';
import type { Attributes, Item, Value } from './item.ts';
import { asContent, asNumber, asStructure, asText } from './read.ts';

/**
 * `tripline.<field>` attributes say outright what a span cannot carry otherwise, above all the credential.
 * They win over everything else; those of the resource hold for all its records.
 */
const PREFIX = 'tripline.';
/** Set by the door; a payload cannot claim them. */
const OURS = new Set<string>(['received', 'producer']);

export function explicitFields(item: Item): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  collect(item.resource, fields);
  collect(item.attributes, fields);
  return fields;
}

function collect(attributes: Attributes, fields: Record<string, unknown>): void {
  for (const [name, value] of attributes) {
    if (!name.startsWith(PREFIX) || value === null) continue;
    const rest = name.slice(PREFIX.length);
    if (Object.hasOwn(RAW, rest)) {
      fields[rest] = rest === 'args' || rest === 'result' ? asContent(value) : asText(value);
      continue;
    }
    const dot = rest.indexOf('.');
    const field = dot < 0 ? rest : rest.slice(0, dot);
    const column = columnOf(field);
    if (column === undefined) continue;
    if (dot < 0) fields[field] = typed(column, value);
    else if (column === 'Map(String, String)') put(fields, field, rest.slice(dot + 1), value);
  }
}

function columnOf(field: string): ColumnType | undefined {
  if (!Object.hasOwn(EVENT.fields, field) || OURS.has(field)) return undefined;
  return EVENT.fields[field as EventField].column;
}

function put(fields: Record<string, unknown>, field: string, key: string, value: Value): void {
  const text = asText(value);
  if (text === undefined) return;
  const known = (fields[field] as Record<string, string> | undefined) ?? {};
  fields[field] = Object.fromEntries([...Object.entries(known), [key, text]]);
}

/** A value in the form that the door expects of its column; a wrong one is passed on and refused there, with a reason. */
function typed(column: ColumnType, value: Value): unknown {
  if (column.startsWith('Array(')) return listOf(value);
  if (column.startsWith('Map(')) return mapOf(value);
  if (column.startsWith('UInt') || column === 'Float64') return asNumber(value) ?? asStructure(value);
  return asText(value) ?? asStructure(value);
}

function listOf(value: Value): unknown {
  if (Array.isArray(value)) return value.map((entry) => asText(entry) ?? '');
  const structure = asStructure(value);
  if (typeof structure !== 'string') return structure;
  return structure.split(',').map((entry) => entry.trim());
}

function mapOf(value: Value): unknown {
  if (!(value instanceof Map)) return asStructure(value);
  return Object.fromEntries([...value].map(([key, inner]) => [key, asText(inner) ?? '']));
}
