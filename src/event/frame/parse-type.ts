import { nullable, pairs, repeated } from './composite.ts';
import { dictionaryCoded } from './dictionary.ts';
import { fixed } from './fixed.ts';
import { nothing, type Type } from './type.ts';

const text: Type = {
  kind: 'text',
  nulls: false,
  prefix: nothing,
  skip: (cursor, n) => cursor.skipTexts(n),
  read: (cursor, n) => {
    const values = new Array<unknown>(n);
    if (cursor.passZeros(n)) return values.fill('');
    for (let i = 0; i < n; i++) values[i] = cursor.text();
    return values;
  },
};

const DAY_MS = 86_400_000;
const uint64 = (bytes: Buffer, at: number) => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
const int64 = (bytes: Buffer, at: number) => bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * 0x1_0000_0000;

const FIXED = new Map<string, Type>([
  ['UInt8', fixed(1, (bytes, at) => bytes[at]!)],
  ['Bool', fixed(1, (bytes, at) => bytes[at]!)],
  ['UInt16', fixed(2, (bytes, at) => bytes.readUInt16LE(at))],
  ['UInt32', fixed(4, (bytes, at) => bytes.readUInt32LE(at))],
  ['UInt64', fixed(8, uint64, true)],
  ['Int8', fixed(1, (bytes, at) => bytes.readInt8(at))],
  ['Int16', fixed(2, (bytes, at) => bytes.readInt16LE(at))],
  ['Int32', fixed(4, (bytes, at) => bytes.readInt32LE(at))],
  ['Int64', fixed(8, int64, true)],
  ['Float32', fixed(4, (bytes, at) => bytes.readFloatLE(at))],
  ['Float64', fixed(8, (bytes, at) => bytes.readDoubleLE(at))],
  ['Date', fixed(2, (bytes, at) => bytes.readUInt16LE(at) * DAY_MS)],
  ['Date32', fixed(4, (bytes, at) => bytes.readInt32LE(at) * DAY_MS)],
  ['DateTime', fixed(4, (bytes, at) => bytes.readUInt32LE(at) * 1000)],
  ['UUID', fixed(16, (bytes, at) => uuid(bytes, at), false, 'text')],
]);

function uuid(bytes: Buffer, at: number): string {
  const hex = (start: number) => bytes.readBigUInt64LE(start).toString(16).padStart(16, '0');
  return `${hex(at)}${hex(at + 8)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Epoch milliseconds from any precision, cut towards the past. */
function time(digits: number): Type {
  if (digits === 3) return fixed(8, int64, true);
  if (digits < 3) {
    const unit = 10 ** (3 - digits);
    return fixed(8, (bytes, at) => int64(bytes, at) * unit, true);
  }
  const unit = 10n ** BigInt(digits - 3);
  return fixed(8, (bytes, at) => {
    const ticks = bytes.readBigInt64LE(at);
    return Number((ticks < 0n ? ticks - unit + 1n : ticks) / unit);
  });
}

const KNOWN_MAX = 1000;
const known = new Map<string, Type>();

/** The type of a ClickHouse type name, or undefined for one that this version cannot pass over. */
export function typeOf(name: string): Type | undefined {
  const seen = known.get(name);
  if (seen !== undefined) return seen;
  const type = name.length > NAME_CHARS_MAX ? undefined : parse(name);
  if (type !== undefined && known.size < KNOWN_MAX) known.set(name, type);
  return type;
}

/** Longer names nest deeper than anything real. */
const NAME_CHARS_MAX = 200;

function parse(name: string): Type | undefined {
  if (name === 'String') return text;
  const plain = FIXED.get(name);
  if (plain !== undefined) return plain;
  if (/^DateTime\('[^']*'\)$/.test(name)) return FIXED.get('DateTime');
  const digits = /^DateTime64\((\d)(?:, '[^']*')?\)$/.exec(name)?.[1];
  if (digits !== undefined) return time(Number(digits));
  const [, outer, inner = ''] = /^(\w+)\((.*)\)$/s.exec(name) ?? [];
  if (outer === 'LowCardinality') {
    if (inner === 'String') return dictionaryCoded(false);
    return inner === 'Nullable(String)' ? dictionaryCoded(true) : undefined;
  }
  if (outer === 'Map') return parseMap(inner);
  const item = outer === 'Array' || outer === 'Nullable' ? typeOf(inner) : undefined;
  if (item === undefined) return undefined;
  return outer === 'Array' ? repeated(item) : nullable(item);
}

/** Keys of a map are plain texts in every version; its values may be anything known. */
function parseMap(inner: string): Type | undefined {
  const [, key, value = ''] = /^(String|LowCardinality\(String\)), (.*)$/s.exec(inner) ?? [];
  const keys = key === undefined ? undefined : typeOf(key);
  const values = typeOf(value);
  return keys && values && pairs(keys, values);
}
