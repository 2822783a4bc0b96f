import type { ValueKind } from './value-kind.ts';

/** A salient value in the one form in which it is compared. */
export interface Salient {
  kind: ValueKind;
  text: string;
}

const TOKEN_CHARS_MAX = 2048;
const EMAIL = /^[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}$/;
const URL = /^([a-z][a-z0-9+.-]{1,20}):\/\/(?:[^/?#@]*@)?([^/?#]*)(.*)$/i;
const DOMAIN =
  /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?$|^www\.(?:[a-z0-9_-]{1,63}\.){0,7}[a-z0-9_-]{2,63}$/;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const TIME = /^(?:\d{4}-\d\d-\d\d(?:T[\d:.+Zz-]*)?|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)$/;
const NUMBER = /^[$€£¥-]?\d[\d.,-]*%?$/;
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{6,30}$/;
const ID = /^[\w:.+-]{10,}$/;
/** Keys of tickets, invoices and the like: INV-3310. */
const KEY = /^[A-Z]{1,8}-\d{2,9}$/;
const DRIVE = /^[a-z]:\\/i;
const PATH = /^(?:\/|\.{1,2}\/|~\/)|^[\w.@+-]+\/[\w.@/+-]+$/;
/** Endings of files that also look like the end of a host name. */
const FILE =
  /\.(?:txt|md|csv|tsv|json|jsonl|xml|ya?ml|toml|ini|env|log|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|zip|gz|tar|py|js|ts|go|rs|java|rb|php|c|cpp|h|sh|sql|db|html?|css|pem|key|crt)$/i;

/**
 * What a token without spaces stands for: one value, a URL and its host, or nothing.
 * All expressions are anchored and bounded: a token costs time linear in its length.
 */
export function classify(raw: string): readonly Salient[] {
  const token = trimmed(raw);
  if (token.length < 3 || token.length > TOKEN_CHARS_MAX) return NOTHING;
  if (token.includes('://')) return urlOf(token.slice(schemeStart(token)));
  const value = token.slice(token.lastIndexOf('=') + 1);
  if (value.length < 3 || TIME.test(value)) return NOTHING;
  if (value.includes('@')) return emailOf(value);
  if (NUMBER.test(value) || IPV4.test(value)) return numberOf(value);
  if (IBAN.test(value)) return [{ kind: 'account', text: value }];
  if (UUID.test(value)) return [{ kind: 'id', text: value.toLowerCase() }];
  return namedOf(value);
}

/** True for dates and times, which stand in most texts and tell nothing. */
export function isTime(text: string): boolean {
  return TIME.test(text.trim());
}

const NOTHING: readonly Salient[] = [];

/** Without the punctuation of the sentence around it. */
function trimmed(token: string): string {
  let end = token.length;
  while (end > 0 && '.:!?'.includes(token[end - 1]!)) end -= 1;
  return end === token.length ? token : token.slice(0, end);
}

function schemeStart(token: string): number {
  let at = token.indexOf('://');
  while (at > 0 && /[a-z0-9+.-]/i.test(token[at - 1]!)) at -= 1;
  return at;
}

function urlOf(text: string): readonly Salient[] {
  const [, scheme, authority, rest] = URL.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return NOTHING;
  const web = /^https?$/i.test(scheme);
  return located(web ? '' : `${scheme.toLowerCase()}://`, authority, rest ?? '');
}

function located(scheme: string, authority: string, rest: string): readonly Salient[] {
  const host = authority.toLowerCase().replace(/^www\./, '');
  const path = rest.endsWith('/') ? rest.slice(0, -1) : rest;
  const url: Salient = { kind: 'url', text: `${scheme}${host}${path}` };
  return host === '' ? [url] : [url, { kind: 'host', text: host.replace(/:\d+$/, '') }];
}

function emailOf(token: string): readonly Salient[] {
  const address = token.slice(token.lastIndexOf(':') + 1).toLowerCase();
  return EMAIL.test(address) ? [{ kind: 'email', text: address }] : NOTHING;
}

function numberOf(token: string): readonly Salient[] {
  if (IPV4.test(token)) return [{ kind: 'host', text: token.replace(/:\d+$/, '') }];
  const whole = token.replace(/[.,]\d{1,2}%?$/, '').replace(/\D/g, '');
  if (/^\D?\d+(?:-\d+)+$/.test(token) || whole.length >= 8) {
    const digits = token.replace(/\D/g, '');
    return digits.length >= 8 ? [{ kind: 'account', text: digits }] : NOTHING;
  }
  const cents = /[.,](\d{1,2})%?$/.exec(token)?.[1]?.replace(/0+$/, '') ?? '';
  return whole.length >= 3 ? [{ kind: 'amount', text: cents === '' ? whole : `${whole}.${cents}` }] : NOTHING;
}

function namedOf(token: string): readonly Salient[] {
  const lower = token.toLowerCase();
  const slash = lower.indexOf('/');
  const head = slash < 0 ? lower : lower.slice(0, slash);
  if (DOMAIN.test(head) && (slash > 0 || !FILE.test(head)))
    return slash > 0 || head.startsWith('www.')
      ? located('', head, slash < 0 ? '' : token.slice(slash))
      : [{ kind: 'host', text: head.replace(/:\d+$/, '') }];
  if (PATH.test(token) || DRIVE.test(token) || FILE.test(token))
    return [{ kind: 'path', text: token.length > 1 && token.endsWith('/') ? token.slice(0, -1) : token }];
  if (KEY.test(token)) return [{ kind: 'id', text: token }];
  if (ID.test(token) && /\d/.test(token) && /[a-z]/i.test(token))
    return [{ kind: 'id', text: /^[0-9a-f-]+$/i.test(token) ? lower : token }];
  return NOTHING;
}
