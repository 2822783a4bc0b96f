import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyTest, readContent } from './content.ts';
import { createFingerprints } from './fingerprint.ts';
import { jwtHandles } from './jwt.ts';

const secret = Buffer.alloc(32, 7);
const fingerprints = createFingerprints(secret);
const jwt = (claims: object) =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('the fingerprint of a raw token', () => {
  it('is a truncated HMAC-SHA256 with the secret of the installation', () => {
    const mac = createHmac('sha256', secret).update('token\0abc').digest('hex');
    expect(fingerprints.credential('abc')).toBe(`tl-hmac:${mac.slice(0, 32)}`);
  });

  it('does not depend on the header that carried the token', () => {
    const plain = fingerprints.credential('abc');
    for (const form of ['Bearer abc', 'bearer  abc', ' abc\n', 'DPoP abc', 'token abc'])
      expect(fingerprints.credential(form)).toBe(plain);
    expect(fingerprints.credential('abcd')).not.toBe(plain);
  });

  it('differs between installations and between purposes', () => {
    const other = createFingerprints(Buffer.alloc(32, 8));
    expect(other.credential('abc')).not.toBe(fingerprints.credential('abc'));
    expect(fingerprints.digest('args', 'abc')).not.toBe(fingerprints.digest('result', 'abc'));
    expect(other.hash48('value', 'abc')).not.toBe(fingerprints.hash48('value', 'abc'));
  });

  it('has 48-bit hashes that are whole numbers', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const hash = fingerprints.hash48('value', text);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 48).toBe(true);
      }),
    );
  });
});

describe('the hashes of this code', () => {
  it('are those of node:crypto, for any text and secret', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .tuple(fc.constantFrom('a', 'é', '😀', '\ud800'), fc.integer({ min: 0, max: 400 }))
        .map(([unit, n]) => unit.repeat(n)),
    );
    const secrets = fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(texts, secrets, (text, key) => {
        const made = createFingerprints(key);
        const hmac = createHmac('sha256', key).update(`p\0${text}`).digest('hex');
        expect(made.digest('p', text)).toBe(hmac.slice(0, 32));
        const short = Buffer.from(hkdfSync('sha256', key, '', 'tripline short hashes', 32)).toString('hex');
        const sha = createHash('sha256').update(`${short}p\0${text}`).digest();
        expect(made.hash48('p', text)).toBe(sha.readUIntBE(0, 6));
        const halves = new Uint32Array(2);
        made.hash64('p', text, halves);
        expect([...halves]).toEqual([sha.readUInt32BE(0), sha.readUInt32BE(4)]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the handles of a token', () => {
  it('are the claims by which an issuer knows it', () => {
    const claims = { jti: 'j1', sid: 's1', iss: 'https://issuer', azp: 'c1', sub: 'u1', exp: 1764000000, scope: 'x' };
    expect(Object.fromEntries(jwtHandles(`Bearer ${jwt(claims)}`))).toEqual({
      jti: 'j1',
      sid: 's1',
      iss: 'https://issuer',
      client_id: 'c1',
      sub: 'u1',
      exp: '1764000000',
    });
    expect(jwtHandles(jwt({ azp: 'a', client_id: 'b' })).get('client_id')).toBe('b');
  });

  it('are none for anything that is no JWT', () => {
    const others = ['', 'opaque', 'a.b.c', 'eyJh.bm90IGpzb24.x', jwt([]), jwt({ jti: {} }), 'x'.repeat(1_000_000)];
    for (const token of others) expect(jwtHandles(token).size).toBe(0);
    fc.assert(fc.property(fc.string(), (token) => jwtHandles(token).size === 0));
  });
});

const options = {
  depth_max: 8,
  chars_max: 1000,
  isVolatile: keyTest(['request_id']),
  isSecret: keyTest(['password', 'api_key', 'token'], ['page_token']),
};
const canonical = (value: unknown) => readContent(value, options).canonical;

describe('canonical content', () => {
  it('is the same whatever the order of keys, and when it came as JSON text', () => {
    const a = { b: [1, { y: null, x: 'é' }], a: true };
    const b = { a: true, b: [1, { x: 'é', y: null }] };
    expect(canonical(a)).toBe(canonical(b));
    expect(canonical(JSON.stringify(a))).toBe(canonical(b));
  });

  it('is equal exactly when the content is equal', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonical([a]) === canonical([b])).toBe(isDeepStrictEqual(a, b));
      }),
      { numRuns: 2000 },
    );
    expect(canonical(['a,"b'])).not.toBe(canonical(['a', 'b']));
    expect(canonical('1')).not.toBe(canonical(1));
    expect(canonical({})).not.toBe(canonical([]));
  });

  it('leaves out what changes with every call', () => {
    expect(canonical({ q: 1, requestId: 'a' })).toBe(canonical({ q: 1, request_id: 'b' }));
  });

  it('keeps the values of secret fields apart', () => {
    const content = readContent(
      { db: { dbPassword: ['hunter2'] }, 'X-Api-Key': 'k', next_page_token: 'p', n: 5 },
      options,
    );
    expect(content.secrets.sort()).toEqual(['hunter2', 'k']);
    expect(content.leaves.sort()).toEqual(['5', 'p']);
  });

  it('stops at its limits and says so', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    const content = readContent({ deep, wide: 'x'.repeat(2000) }, options);
    expect(content.truncated).toBe(true);
    expect(content.leaves.join('').length).toBe(1000);
    expect(readContent({ a: [['b']] }, options).truncated).toBe(false);
  });

  it('treats keys of every name as data', () => {
    const hostile = JSON.parse('{"__proto__":{"a":"1"},"constructor":"2","toString":"3"}');
    expect(readContent(hostile, options).leaves).toEqual(['1', '2', '3']);
  });
});
