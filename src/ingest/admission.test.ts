import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { terse } from '../event/json.ts';
import { valueKind } from '../event/value-kind.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { type AdmitContext, createAdmission } from './admission.ts';
import { IngestConfig } from './config.ts';

const secret = Buffer.alloc(32, 7);
const fingerprints = createFingerprints(secret);
const received = Date.parse('2026-11-25T10:00:00Z');
const context: AdmitContext = { producer: 'gateway', door: 'events', received, index: 0 };
const setUp = (config: Partial<IngestConfig> = {}) => {
  const metrics = createMetrics();
  const admission = createAdmission({ secret, metrics, config: { ...IngestConfig.parse({}), ...config } });
  const admit = (posted: unknown, more: Partial<AdmitContext> = {}) => admission.admit(posted, { ...context, ...more });
  const event = (posted: unknown, more: Partial<AdmitContext> = {}) => {
    const admitted = admit(posted, more);
    if (!admitted.ok) throw new Error(JSON.stringify(admitted.reject));
    return admitted.event;
  };
  const reject = (posted: unknown, more: Partial<AdmitContext> = {}) => {
    const admitted = admit(posted, more);
    if (admitted.ok) throw new Error(JSON.stringify(admitted.event));
    return admitted.reject;
  };
  return { admission, admit, event, reject, metrics };
};
const call = { kind: 'tool_call', event_id: 'e1', agent_id: 'a1', tool_name: 'send_email', outcome: 'ok' };
const use = { kind: 'token_use', event_id: 'e2', outcome: 'ok' };
const ghp = `ghp_${'aB3d'.repeat(9)}`;
const github = fingerprints.credential(ghp);

describe('an admitted event', () => {
  it('is a row of every column, with what was not said at its empty value', () => {
    const row = setUp().event({ ...call, time: '2026-11-25T09:59:58.123+01:00', trace_id: 'ABCD', span_id: 'EF' });
    expect(Object.keys(row).sort()).toEqual(EVENT.columns.map(({ name }) => name).sort());
    expect(terse(row)).toEqual({
      kind: 'tool_call',
      event_id: 'e1',
      agent_id: 'a1',
      tool_name: 'send_email',
      tool_class: 'send',
      outcome: 'ok',
      time: Date.parse('2026-11-25T08:59:58.123Z'),
      received,
      tenant: 'default',
      producer: 'gateway',
      trace_id: 'abcd',
      span_id: 'ef',
    });
    expect(encodeFrame(EVENT.columns, [row]).length).toBeGreaterThan(0);
  });

  it('keeps the tool class and the fields that its producer gave', () => {
    const row = setUp().event({ ...call, tool_class: 'pay', tenant: 'acme', marks: ['service_hop'], tokens_in: 5 });
    expect(row).toMatchObject({ tool_class: 'pay', tenant: 'acme', marks: ['service_hop'], tokens_in: 5 });
  });

  it('gets the time of receipt where it has none', () => {
    expect(setUp().event(call).time).toBe(received);
  });

  it('is clamped, marked and counted when it is more than the allowed skew ahead', async () => {
    const { event, metrics } = setUp();
    expect(event({ ...call, time: '2026-11-25T10:01:00Z' })).toMatchObject({ time: received + 60_000, marks: [] });
    const ahead = event({ ...call, time: '2036-11-25T10:00:00Z' }, { producer: 'gateway/feed' });
    expect(ahead).toMatchObject({ time: received, marks: ['clock_skew'] });
    expect({ ...ahead.attributes }).toEqual({ claimed_time: '2036-11-25T10:00:00Z' });
    expect((await metrics.clockSkew.get()).values).toEqual([{ value: 1, labels: { producer: 'gateway' } }]);
  });

  it('without an id gets one from its content and place among equals when it has a time', () => {
    const { event } = setUp();
    const { event_id: _, ...anonymous } = { ...call, time: '2026-11-25T09:00:00Z', args: { n: 1 } };
    const ids = () => {
      const occurrences = new Map<string, number>();
      return [anonymous, anonymous, { ...anonymous, args: { n: 2 } }].map(
        (posted) => event(posted, { occurrences }).event_id,
      );
    };
    const first = ids();
    expect(new Set(first).size).toBe(3);
    expect(ids()).toEqual(first);
    expect(first[1]).toBe(`${first[0]}-2`);
    const { time: __, ...timeless } = anonymous;
    expect(event(timeless).event_id).not.toBe(event(timeless).event_id);
  });

  it('belongs to the tenant of its key', () => {
    const { event, reject } = setUp();
    expect(event(call, { tenant: 'acme' }).tenant).toBe('acme');
    expect(event({ ...call, tenant: 'acme' }, { tenant: 'acme' }).tenant).toBe('acme');
    expect(reject({ ...call, tenant: 'other' }, { tenant: 'acme' })).toMatchObject({ field: 'tenant', got: 'other' });
  });

  it('has no more attributes than may be, and says when some were left out', () => {
    const { event } = setUp({ attributes_max: 3, attribute_chars_max: 10 });
    const row = event({ ...call, attributes: { a: 'x'.repeat(11), b: `${'x'.repeat(9)}😀`, c: '1', d: '2' } });
    expect({ ...row.attributes }).toEqual({ a: 'x'.repeat(10), b: 'x'.repeat(9), c: '1' });
    expect(row.marks).toEqual(['truncated']);
  });

  it('takes names of every kind as attributes, but not those that Tripline sets', () => {
    const attributes = JSON.parse('{"__proto__":"p","constructor":"c","claimed_time":"x","secret_fingerprint":"y"}');
    const row = setUp().event({ ...call, attributes });
    expect(Object.entries(row.attributes)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['posted.claimed_time', 'x'],
      ['posted.secret_fingerprint', 'y'],
    ]);
  });

  it('holds no NUL and no lone surrogate, in any column', () => {
    const row = setUp().event({ ...call, agent_name: 'a\0b', session: 'x\ud800', attributes: { 'k\0': '\udfff😀' } });
    expect(row).toMatchObject({ agent_name: 'a\ufffdb', session: 'x\ufffd' });
    expect(Object.entries(row.attributes)).toEqual([['k\ufffd', '\ufffd😀']]);
  });
});

describe('a credential', () => {
  it('is the keyed fingerprint of the raw token, with the handles of a JWT', () => {
    const claims = { jti: 'j1', iss: 'https://issuer', client_id: 'c1', exp: 1764064800 };
    const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
    const row = setUp().event({
      ...use,
      token: `Bearer ${token}`,
      credential_handles: { token_id: '9', iss: 'given' },
    });
    const mac = createHmac('sha256', secret).update(`token\0${token}`).digest('hex').slice(0, 32);
    expect(row.credential).toBe(`tl-hmac:${mac}`);
    expect({ ...row.credential_handles }).toEqual({
      jti: 'j1',
      iss: 'given',
      client_id: 'c1',
      exp: '1764064800',
      token_id: '9',
    });
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it('that the producer names stays, and the fingerprint of the token stands beside it', () => {
    const row = setUp().event({ ...use, token: ghp, credential: 'gh-sha256:abc' });
    expect(row.credential).toBe('gh-sha256:abc');
    expect(row.attributes.token_fingerprint).toBe(github);
  });

  it('that was sent raw by mistake becomes its fingerprint', () => {
    const { event } = setUp();
    for (const credential of [`x:${ghp}`, `bearer:${ghp}`, `token:${ghp}`]) {
      const row = event({ ...use, credential });
      expect(row).toMatchObject({ credential: github, marks: ['secret_exposure'] });
    }
    expect(event({ ...use, credential: 'bearer:opaque-thing' }).credential).toBe(
      fingerprints.credential('opaque-thing'),
    );
    expect(event({ ...use, credential: 'aws-akid:AKIAIOSFODNN7EXAMPLE' })).toMatchObject({
      credential: 'aws-akid:AKIAIOSFODNN7EXAMPLE',
      marks: [],
    });
  });

  it.each([
    [{ kind: 'token_use', outcome: 'ok', agent_id: 'a' }, 'credential'],
    [{ kind: 'lifecycle', lifecycle: 'task_ended' }, 'agent_id'],
  ])('is needed for %j', (posted, field) => {
    expect(setUp().reject(posted)).toMatchObject({
      field,
      got: 'nothing',
      producer: 'gateway',
      door: 'events',
      time: received,
    });
  });
});

describe('a secret', () => {
  it('is redacted in every text column, marked, counted, and fingerprinted like a token', async () => {
    const { event, metrics } = setUp();
    for (const name of [
      'agent_name',
      'target',
      'tool_name',
      'user_agent',
      'error_type',
      'model',
      'source_ip',
      'tool_server',
    ]) {
      const row = event({ ...call, [name]: `x ${ghp}` });
      expect(row[name as 'target'], name).toBe('x [redacted:github-token]');
      expect(row.marks).toEqual(['secret_exposure']);
      expect({ ...row.attributes }).toEqual({ secret_fingerprint: github });
    }
    const row = event({
      ...call,
      scope_tools: [ghp],
      attributes: { note: ghp, [ghp]: '1', db_password: 'hunter2' },
      marks: [ghp],
    });
    expect(JSON.stringify(row)).not.toMatch(/ghp_|hunter2/);
    expect(row.attributes.db_password).toBe('[redacted:field]');
    expect(row.scope_tools).toEqual(['[redacted:github-token]']);
    const counted = (await metrics.secretsFound.get()).values.map(({ labels, value }) => [labels.rule, value]);
    expect(counted).toEqual([
      ['github-token', 12],
      ['field', 1],
    ]);
  });

  it('in a name of something leaves two names two', () => {
    const { event } = setUp();
    const [a, b] = ['a', 'b'].map((end) =>
      event({ ...call, event_id: ghp + end, session: ghp + end, agent_id: ghp + end }),
    );
    expect(JSON.stringify([a, b])).not.toContain('ghp_');
    for (const name of ['event_id', 'session', 'agent_id'] as const) {
      expect(a![name]).toMatch(/^\[redacted:github-token\][0-9a-f]{16}$/);
      expect(a![name]).not.toBe(b![name]);
    }
  });

  it('in arguments, result or request is found, and only its fingerprint stays', () => {
    const { event } = setUp();
    const in_args = event({ ...call, args: { headers: { Authorization: `Bearer ${ghp}` } } });
    const in_result = event({ ...call, result: `the token is ${ghp}` });
    const in_request = event({ ...call, request: `use ${ghp} for it` });
    const in_json = event({ ...call, args: JSON.stringify({ nested: JSON.stringify({ t: ghp }) }) });
    expect([in_args, in_result, in_request].map(({ marks }) => marks.join(' '))).toEqual([
      'secret_exposure exposed_in_args',
      'secret_exposure exposed_in_result',
      'secret_exposure',
    ]);
    for (const row of [in_args, in_result, in_request, in_json]) {
      expect(row.attributes.secret_fingerprint).toBe(github);
      expect(JSON.stringify(row)).not.toContain('ghp_');
    }
    const [read] = in_result.result_values;
    expect(valueKind(read!)).toBe('secret');
    expect(in_args.args_values).toContain(read);
  });

  it('is whatever stands in a secret field, except for placeholders and cursors', () => {
    const { event } = setUp();
    const found = event({ ...call, args: { password: 'pass', nested: { 'X-Api-Key': ['k1k1', 'k2k2'] } } });
    expect(found.attributes.secret_fingerprint).toBe(
      ['k1k1', 'k2k2', 'pass'].map((text) => fingerprints.credential(text)).join(','),
    );
    const none = event({
      ...call,
      args: { next_page_token: 'abc', password: '[REDACTED]', secret: '', max_tokens: 5 },
    });
    expect(none.marks).toEqual([]);
    const own = setUp({ secret_fields: ['pin'] });
    expect(own.event({ ...call, args: { password: 'pass' } }).marks).toEqual([]);
    expect(own.event({ ...call, args: { card_pin: '1234' } }).marks).toEqual([
      'secret_exposure',
      'exposed_by_name',
      'exposed_in_args',
    ]);
  });

  it('is also the token of the event where it stands in another field', () => {
    const row = setUp().event({ ...use, token: 'opaque-token-1', target: 'https://x.example/opaque-token-1/y' });
    expect(row).toMatchObject({ target: 'https://x.example/[redacted:token]/y', marks: ['secret_exposure'] });
    expect(row.attributes.secret_fingerprint).toBe(row.credential);
  });
});

describe('content', () => {
  it('is kept as digests and values only', () => {
    const { event } = setUp();
    const row = event({
      ...call,
      args: { to: 'ann@corp.example', body: 'the quarterly numbers' },
      result: 'sent to ann@corp.example',
      request: 'Send the numbers to ann@corp.example',
    });
    const same = event({ ...call, args: '{"body":"the quarterly numbers","to":"ann@corp.example"}' });
    expect(row.args_digest).toMatch(/^[0-9a-f]{32}$/);
    expect(same.args_digest).toBe(row.args_digest);
    expect(row.result_digest).not.toBe(row.args_digest);
    const address = row.args_values.find((value) => valueKind(value) === 'email')!;
    expect(row.result_values).toContain(address);
    expect(row.request_values).toContain(address);
    expect(row.request_classes).toEqual(['send']);
    expect(JSON.stringify(row)).not.toMatch(/corp|quarterly/);
  });

  it('that a producer digested itself stays as it is, and its values join those found', () => {
    const row = setUp().event({
      ...call,
      args: { to: 'ann@corp.example' },
      args_digest: 'mine',
      args_values: ['bob@corp.example', 'some text'],
      request_values: ['Bob@corp.example'],
      request_classes: ['pay'],
    });
    expect(row.args_digest).toBe('mine');
    // `ann` and `corp` and `example` are what the address is about.
    expect(row.args_values.map(valueKind).sort()).toEqual(['email', 'email', 'text', 'word', 'word', 'word']);
    expect(row.args_values).toContain(row.request_values[0]);
    expect(row.request_classes).toEqual(['pay']);
  });

  it('that is nested without end or very long is cut and marked', () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    const { event } = setUp();
    const { event_id: _, ...anonymous } = { ...call, time: '2026-11-25T09:00:00Z' };
    expect(event({ ...anonymous, args: deep }).marks).toEqual(['truncated']);
    expect(event({ ...call, result: 'x '.repeat(5_000_000) }).marks).toEqual(['truncated']);
  });
});

describe('a refused event', () => {
  const shown = (posted: unknown) => setUp().reject(posted);

  it('shows what was wrong, short and without secrets or content', () => {
    const reject = shown({
      ...call,
      outcome: 'fine',
      token: 'opaque-raw-token',
      args: { text: 'private' },
      agent_name: ghp,
    });
    expect(reject).toMatchObject({ field: 'outcome', expected: 'one of ok, error, denied, pending', got: 'fine' });
    expect(reject.body).toContain('"agent_id":"a1"');
    expect(JSON.stringify(reject)).not.toMatch(/opaque-raw|private|ghp_/);
  });

  it('never shows the value of a secret field, nor what could be a token under a wrong name', () => {
    for (const wrong of [
      { token: 12345678901 },
      { access_token: 'abcdefgh' },
      { tokn: 'Zk3jX9mQ2vL8rT5wB1nY4cD7' },
      { credential: 'Zk3jX9mQ2vL8rT5wB1nY4cD7' },
      { Zk3jX9mQ2vL8rT5wB1nY4cD7: 1 },
      { credential_handles: { access_token: 1234567 } },
    ]) {
      const reject = shown({ ...use, ...wrong });
      expect(JSON.stringify(reject)).not.toMatch(/1234567|abcdefgh|Zk3jX9/);
    }
  });

  it('is short whatever was sent', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, 'v'.repeat(1000)]));
    const deep = JSON.parse(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`);
    for (const posted of [
      wide,
      deep,
      'x'.repeat(10_000_000),
      [wide],
      { ...call, agent_id: deep },
      { ...call, outcome: wide },
      null,
      1e300,
    ]) {
      const { got, body, field } = shown(posted);
      expect(got.length).toBeLessThanOrEqual(120);
      expect(body.length).toBeLessThanOrEqual(512);
      expect(field.length).toBeLessThanOrEqual(120);
    }
  });

  it('is counted under a field of ours, never under a name from outside', async () => {
    const { reject, metrics } = setUp();
    for (const posted of [
      { ...call, evil: 1 },
      { ...call, outcome: 'x' },
      7,
      { ...use, credential_handles: { jti: 1 } },
    ])
      reject(posted);
    const labels = (await metrics.eventsRejected.get()).values.map((value) => value.labels.field);
    expect(labels.sort()).toEqual(['credential_handles', 'event', 'outcome', 'unknown']);
  });

  it.each(['0001-01-01T00:00:00Z', '1999-12-31T23:59:59Z'])('is one of %s, when no agent ran', (time) => {
    expect(shown({ ...call, time })).toMatchObject({ field: 'time', expected: 'a time since 2000', got: time });
  });
});
