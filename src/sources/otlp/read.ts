import type { Attributes, Item, Value } from './item.ts';
import { NAMES, type NameOf } from './names.ts';

/** Longer texts are not tried as JSON. */
const JSON_CHARS_MAX = 1_048_576;

/** The value of a canonical field under the first of its names that holds one. */
export function find(attributes: Attributes, field: NameOf): Value | undefined {
  return findNamed(attributes, NAMES[field]);
}

export function findNamed(attributes: Attributes, names: readonly string[]): Value | undefined {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** The same as a text: numbers and booleans may come as either, and do. */
export function findText(item: Item, field: NameOf): string | undefined {
  return asText(find(item.attributes, field));
}

export function findNumber(item: Item, field: NameOf): number | undefined {
  return asNumber(find(item.attributes, field));
}

export function attributeText(item: Item, name: string): string | undefined {
  return asText(item.attributes.get(name));
}

export function asText(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export function asNumber(value: Value | undefined): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

export function asBoolean(value: Value | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** A structured attribute as plain JSON: it may come as a key-value list or as a JSON text. */
export function asStructure(value: Value | undefined): unknown {
  if (typeof value !== 'string') return value === undefined ? undefined : plain(value);
  const first = value.trimStart()[0];
  if ((first !== '{' && first !== '[') || value.length > JSON_CHARS_MAX) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Arguments or a result. Text stays text, JSON or not: the door reads it, one event at a time. */
export function asContent(value: Value | undefined): unknown {
  return value === undefined ? undefined : plain(value);
}

function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A member of a structure from outside, own members only. */
export function member(structure: unknown, name: string): unknown {
  if (typeof structure !== 'object' || structure === null || !Object.hasOwn(structure, name)) return undefined;
  return (structure as Record<string, unknown>)[name];
}
