import { hash, hkdfSync } from 'node:crypto';
import { hexOf, sha256After } from './sha256.ts';

/** Keyed fingerprints of one installation: without its secret nobody can tell what they stand for, or test a guess. */
export interface Fingerprints {
  /** `tl-hmac:<32 hex>` of a raw token: the same wherever and however the token shows up. */
  credential(token: string): string;
  /** 32 hex digits of a text; texts of different purposes never share a digest. */
  digest(purpose: string, text: string): string;
  /** 48-bit hash of a text, 0 to 2^48 - 1. */
  hash48(purpose: string, text: string): number;
  /** 64-bit hash in two halves, written into `out`. */
  hash64(purpose: string, text: string, out: Uint32Array): void;
}

const SCHEME = 'tl-hmac:';
const AUTHORIZATION = /^(?:bearer|token|dpop)[ \t]+/i;

/** A token as it is known by itself, without the scheme of an Authorization header. */
export function bareToken(token: string): string {
  return token.trim().replace(AUTHORIZATION, '');
}

export function createFingerprints(secret: Buffer): Fingerprints {
  const hmac = createHmac(secret);
  // The short hashes are SHA-256 over a key and the text, cut to 6 or 8 bytes (a cut hash cannot be extended):
  // the hexadecimal key is just the first block. They are half of a HMAC, and there are many of them.
  const short = sha256After(
    Buffer.from(Buffer.from(hkdfSync('sha256', secret, '', 'tripline short hashes', 32)).toString('hex')),
  );
  return {
    credential: (token) => SCHEME + hmac(`token\0${bareToken(token)}`),
    digest: (purpose, text) => hmac(`${purpose}\0${text}`),
    hash48(purpose, text) {
      const words = short.ofText(`${purpose}\0${text}`);
      return (words[0]! >>> 0) * 0x1_0000 + (words[1]! >>> 16);
    },
    hash64(purpose, text, out) {
      const words = short.ofText(`${purpose}\0${text}`);
      out[0] = words[0]!;
      out[1] = words[1]!;
    },
  };
}

const BLOCK_BYTES = 64;

/** First 32 hex digits of HMAC-SHA256 (RFC 2104). */
function createHmac(secret: Buffer): (text: string) => string {
  const key = Buffer.alloc(BLOCK_BYTES);
  (secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret).copy(key);
  const inner = sha256After(key.map((byte) => byte ^ 0x36));
  const outer = sha256After(key.map((byte) => byte ^ 0x5c));
  return (text) => hexOf(outer.ofWords(inner.ofText(text)), 16);
}
