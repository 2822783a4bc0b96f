import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestConfig } from './config.ts';
import { checkJsonSize, readPieces } from './pieces.ts';

const config = IngestConfig.parse({});
const read = (text: string | Buffer, lines = false, limits: Partial<IngestConfig> = {}) =>
  readPieces(Buffer.from(text), lines, { ...config, ...limits }).map((piece) => {
    const parsed = piece.read();
    return parsed.ok ? parsed.value : parsed.expected;
  });
/** Small enough that the fast way through JSON.parse is closed. */
const taken = (text: string) => read(text, false, { event_bytes_max: 40 });

describe('a body', () => {
  it.each<[string, unknown[]]>([
    ['{"a":1}', [{ a: 1 }]],
    ['[{"a":1},{"b":2}]', [{ a: 1 }, { b: 2 }]],
    ['{"a":1}\n{"b":2}\r\n\n{"c":3}', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['\ufeff \n[{"a":1}]', [{ a: 1 }]],
    ['[]', []],
    [' ', []],
    ['[{"a":1},{"b":2', [{ a: 1 }, 'JSON']],
    ['[{"a":1},{"b":tru},{"c":"],[{"}]', [{ a: 1 }, 'JSON', { c: '],[{' }]],
    ['[{"a":1}]garbage', [{ a: 1 }, 'JSON']],
    ['[{"a":"\\"},{"},{"b":2},]', [{ a: '"},{' }, { b: 2 }]],
    ['[[1,2],"x",nul', [[1, 2], 'x', 'JSON']],
    ['{"a":1}\n{"b":\n{"c":3}', [{ a: 1 }, 'JSON', { c: 3 }]],
    ['{\n "a": 1,\n "b": tru\n}', ['JSON']],
    ['{"a":1', ['JSON']],
    ['nonsense', ['JSON']],
    ['{"__proto__":{"x":1}}', [JSON.parse('{"__proto__":{"x":1}}')]],
    ['{"a":1,"a":2}', [{ a: 2 }]],
    ['42', [42]],
  ])('%j is taken apart as %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('with a line each is read by line whatever its lines are', () => {
    expect(read('[1]\n{"a":1}\nx\n\n"y"', true)).toEqual([[1], { a: 1 }, 'JSON', 'y']);
  });

  it('loses only the events that are too large', () => {
    const large = `{"a":"${'x'.repeat(50)}"}`;
    const expected = [{ a: 1 }, 'at most 40 bytes of JSON', { b: 2 }];
    expect(taken(`[{"a":1},${large},{"b":2}]`)).toEqual(expected);
    expect(taken(`{"a":1}\n${large}\n{"b":2}`)).toEqual(expected);
    expect(taken(large)).toEqual(['at most 40 bytes of JSON']);
  });

  it('is refused as a whole when it holds too many events', () => {
    for (const text of ['[1,2,3]', '[1,2,3', '{"a":1}\n{"a":1}\n{"a":1}'])
      expect(() => read(text, false, { request_events_max: 2 })).toThrow('at most 2 events');
  });

  it('is the same array taken whole and taken apart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1 }),
        fc.constantFrom(0, 1, 2),
        (values, indent) => {
          const text = JSON.stringify(values, null, indent);
          const broken = `${text.slice(0, -1)},{`;
          const expected = JSON.parse(text);
          expect(read(text)).toEqual(expected);
          expect(read(broken, false)).toEqual([...expected, 'JSON']);
        },
      ),
    );
  });

  it('never makes the reader fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, lines) => {
        expect(Array.isArray(read(Buffer.from(bytes), lines))).toBe(true);
      }),
    );
    const text = fc.array(fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', 'a', '1', '\n', ' '), {
      maxLength: 60,
    });
    fc.assert(fc.property(text, (parts) => Array.isArray(taken(parts.join('')))));
  });
});

describe('the size of a JSON body', () => {
  const check = (text: string) =>
    checkJsonSize(Buffer.from(text), { ...config, json_depth_max: 3, json_tokens_max: 10 });
  it('is bounded by depth and by brackets and commas, outside of texts', () => {
    check('[[["[[[[[[,,,,,,,,,"]]]');
    check('{"a":"\\"[[[[[["}');
    expect(() => check('[[[[')).toThrow('at most 3 levels');
    expect(() => check('[1,2,3,4,5,6,7,8,9,10,11]')).toThrow('brackets and commas');
  });
});
