import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { packValue } from '../../src/event/value-kind.ts';
import { matches } from './authority.ts';
import { toolChaining } from './index.ts';

type Some = Partial<AgentEvent>;
const BASE: Some = { kind: 'tool_call', agent_id: 'a', session: 's', outcome: 'ok' };

function play(events: readonly Some[], config = {}) {
  const timed = events.map((event, i) => ({ ...BASE, event_id: `e${i + 1}`, time: 1_000_000 + i * 1000, ...event }));
  return runDetector(toolChaining, config, timed);
}
const reasons = (events: readonly Some[], config = {}) =>
  play(events, config).map(({ reason, event_ids }) => [reason, ...event_ids]);

const MALLORY = packValue('email', 1);
const BOSS = packValue('email', 2);
const SECRET = packValue('secret', 3);
const NOTE = packValue('id', 4);
const IBAN = packValue('account', 5);
const FILE = packValue('path', 6);

const asked = (classes: AgentEvent['request_classes'], values: number[] = []): Some => ({
  kind: 'lifecycle',
  lifecycle: 'task_started',
  outcome: '',
  request_classes: classes,
  request_values: values,
});
const read = (...result_values: number[]): Some => ({ tool_name: 'read_page', tool_class: 'read', result_values });
const readSecret = (...result_values: number[]): Some => ({
  tool_name: 'read_secret',
  tool_class: 'secret_read',
  result_values,
});
const send = (...args_values: number[]): Some => ({ tool_name: 'send_mail', tool_class: 'send', args_values });
const pay = (...args_values: number[]): Some => ({ tool_name: 'pay_bill', tool_class: 'pay', args_values });
const remove = (...args_values: number[]): Some => ({ tool_name: 'delete_it', tool_class: 'delete', args_values });

describe('tool-chaining, a secret that goes out', () => {
  it('fires when the destination came out of a result and nobody asked, and carries the chain', () => {
    const [alert, ...more] = play([
      asked(['read']),
      read(MALLORY, NOTE),
      readSecret(SECRET),
      { ...send(MALLORY, SECRET), credential: 'x:1', target: 'mail/messages' },
    ]);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      reason: 'secret_sent',
      subject_kind: 'session',
      subject: 's',
      credential: 'x:1',
      severity: 'high',
      event_ids: ['e2', 'e3', 'e4'],
      window_from: 1_001_000,
      window_to: 1_003_000,
      observed: 3,
      evidence: {
        chain: 'read_page (read) > read_secret (secret_read) > send_mail (send)',
        signs: 'secret read before, not asked for, destination that no request names, destination out of a result',
        request_classes: 'read',
        target: 'mail/messages',
      },
      summary:
        'send_mail passed on a secret that read_secret had read 2 s before, to a destination (email) that no request names and that came out of read_page; nobody asked for a call of class send.',
    });
  });

  it('stays quiet when the request names the destination', () => {
    expect(reasons([asked(['send'], [BOSS]), readSecret(SECRET), send(BOSS, SECRET)])).toEqual([]);
    expect(reasons([asked(['send']), readSecret(SECRET), send(BOSS, SECRET)])).toHaveLength(1);
  });

  it('stays quiet when the user wants a secret read and sent, wherever the address is found', () => {
    const chain = [read(BOSS), readSecret(SECRET), send(BOSS, SECRET)];
    expect(reasons([asked(['secret_read', 'send']), ...chain])).toEqual([]);
    expect(reasons([asked(['send']), ...chain])).toHaveLength(1);
  });

  it('fires without a request only when the destination was found too, or the door saw the secret', () => {
    const sent = send(MALLORY, SECRET);
    expect(reasons([readSecret(SECRET), sent])).toEqual([]);
    expect(reasons([read(MALLORY), readSecret(SECRET), sent])).toEqual([['secret_sent', 'e1', 'e2', 'e3']]);
    expect(reasons([readSecret(SECRET), { ...sent, marks: ['secret_exposure'] }])).toEqual([
      ['secret_sent', 'e1', 'e2'],
    ]);
    expect(reasons([{ ...sent, marks: ['secret_exposure'] }])).toEqual([]);
  });

  it('takes a request that names `other` as not known', () => {
    expect(reasons([asked(['read', 'other']), readSecret(SECRET), send(MALLORY, SECRET)])).toEqual([]);
  });

  it('remembers a secret however much was read since, and no longer than the window', () => {
    const between = Array.from({ length: 40 }, (_, i) => read(packValue('id', 100 + i)));
    const late = (time: number): Some => ({ ...send(MALLORY, SECRET), time });
    expect(reasons([asked(['write']), readSecret(SECRET), ...between, send(MALLORY, SECRET)])).toHaveLength(1);
    expect(reasons([asked(['write']), readSecret(SECRET), late(1_001_000 + 3_600_000)])).toHaveLength(1);
    expect(reasons([asked(['write']), readSecret(SECRET), late(1_001_001 + 3_600_000)])).toEqual([]);
  });
});

describe('tool-chaining, an action that nobody asked for', () => {
  it('fires when it passes on what was read to a destination that nobody named', () => {
    const chain = [read(NOTE), pay(NOTE, IBAN)];
    expect(reasons([asked(['read', 'write']), ...chain])).toEqual([['unasked_action', 'e2', 'e3']]);
    expect(reasons([asked(['read', 'pay']), ...chain])).toEqual([]);
    expect(reasons([asked(['read', 'write'], [IBAN]), ...chain])).toEqual([]);
  });

  it('needs data flow: a call that owes nothing to a result is no chain', () => {
    expect(reasons([asked(['write']), read(NOTE), pay(IBAN)])).toEqual([]);
    expect(reasons([asked(['write']), read(IBAN), pay(IBAN)])).toHaveLength(1);
  });

  it('never fires on flow alone, nor where nothing was said', () => {
    expect(reasons([asked(['read', 'send']), read(MALLORY, NOTE), send(MALLORY, NOTE)])).toEqual([]);
    expect(reasons([read(MALLORY, NOTE), send(MALLORY, NOTE)])).toEqual([]);
  });

  it('knows a destination that the session has used before', () => {
    const used: Some = { tool_name: 'lookup', tool_class: 'read', args_values: [IBAN] };
    expect(reasons([asked(['write']), used, read(NOTE), pay(NOTE, IBAN)])).toEqual([]);
  });

  it('takes what is deleted, shared or granted for a destination, unless the session made it', () => {
    const make: Some = { tool_name: 'create_it', tool_class: 'write', args_values: [FILE] };
    const chain = [read(NOTE), remove(NOTE, FILE)];
    expect(play([asked(['write']), ...chain])).toMatchObject([{ reason: 'unasked_action', severity: 'high' }]);
    expect(reasons([asked(['write']), make, ...chain])).toEqual([]);
    expect(reasons([asked(['write'], [FILE]), ...chain])).toEqual([]);
    expect(reasons([asked(['write']), ...chain], { signs_min: 3 })).toEqual([]);
  });

  it('takes speaking of secrets for asking to handle them', () => {
    const grant: Some = { tool_name: 'add_key', tool_class: 'identity', args_values: [NOTE] };
    expect(reasons([asked(['write']), read(NOTE), grant])).toHaveLength(1);
    expect(reasons([asked(['write', 'secret_read']), read(NOTE), grant])).toEqual([]);
  });

  it('looks only at the last results, and neither at texts nor at numbers', () => {
    const between = (count: number) => Array.from({ length: count }, (_, i) => read(packValue('id', 100 + i)));
    expect(reasons([asked(['write']), read(NOTE), ...between(4), pay(NOTE, IBAN)])).toHaveLength(1);
    expect(reasons([asked(['write']), read(NOTE), ...between(5), pay(NOTE, IBAN)])).toEqual([]);
    const [text, amount] = [packValue('text', 9), packValue('amount', 9)];
    expect(reasons([asked(['write']), read(text, amount), pay(text, amount, IBAN)])).toEqual([]);
  });

  it('asks for the destination itself to be found where the request only reads: it may hand over', () => {
    expect(reasons([asked(['read']), read(NOTE), send(MALLORY, NOTE)])).toEqual([]);
    expect(play([asked(['read']), read(MALLORY), send(MALLORY)])).toMatchObject([
      { reason: 'found_destination', severity: 'medium', confidence: 0.55 },
    ]);
  });

  it('does not count a refused call, and tells one story once', () => {
    const chain = [asked(['write']), read(NOTE), { ...pay(NOTE, IBAN), outcome: 'denied' as const }];
    expect(reasons(chain)).toEqual([]);
    const again = [pay(NOTE, IBAN), pay(NOTE, packValue('account', 7))];
    expect(reasons([asked(['write']), read(NOTE), ...again])).toHaveLength(1);
  });
});

describe('tool-chaining, what a call is about', () => {
  const words = (...numbers: number[]) => numbers.map((number) => packValue('word', number));
  const TOPIC = words(1, 2, 3, 4, 5, 6, 7, 8);
  const about = (classes: string[], ...more: number[]) => asked(classes, [...TOPIC, ...more]);

  it('fires when nobody asked for it and it shares no word with the request, wherever it comes from', () => {
    expect(reasons([about(['write']), send(...words(20, 21))])).toEqual([['off_topic', 'e2']]);
    expect(reasons([about(['write']), send(...words(20))])).toEqual([]);
    expect(reasons([about(['write']), send(...words(20, 1))])).toEqual([]);
    expect(reasons([about(['send']), send(...words(20, 21))])).toEqual([]);
    expect(reasons([asked(['write'], words(1)), send(...words(20, 21))])).toEqual([]);
    // An answer to what the request names.
    expect(reasons([about(['write'], NOTE), send(NOTE, ...words(20, 21))])).toEqual([]);
  });

  it('lets one word in ten be shared by chance', () => {
    const long = words(1, ...Array.from({ length: 9 }, (_, i) => 20 + i));
    expect(reasons([about(['write']), send(...long)])).toHaveLength(1);
    expect(reasons([about(['write']), send(...long.slice(0, 9))])).toEqual([]);
  });

  it('weighs what was asked for only against a request of eight words, and where it goes to somebody new', () => {
    const chain = [read(NOTE), send(MALLORY, NOTE, ...words(20, 21))];
    expect(play([about(['send']), ...chain])).toMatchObject([{ reason: 'off_topic', confidence: 0.8 }]);
    expect(reasons([asked(['send'], TOPIC.slice(1)), ...chain])).toEqual([]);
    expect(reasons([about(['send'], MALLORY), ...chain])).toEqual([]);
    expect(reasons([about(['send']), send(MALLORY, ...words(20, 21))])).toEqual([]);
  });

  it('shows what is written off topic, and acts on it only where it goes to somebody new', () => {
    const write = (...values: number[]): Some => ({ tool_name: 'create', tool_class: 'write', args_values: values });
    const tell = (...values: number[]) => [about(['write']), read(NOTE), write(NOTE, ...words(20, 21), ...values)];
    expect(play(tell())).toMatchObject([{ severity: 'medium', confidence: 0.6 }]);
    expect(play(tell(MALLORY))).toMatchObject([{ severity: 'high', confidence: 0.8 }]);
  });

  it('does not rely on words where the request leaves to others what is to be done', () => {
    expect(reasons([about(['send', 'other']), send(...words(20, 21))])).toEqual([]);
  });

  it('fires on an address out of a result that has nothing to do with a request that names places', () => {
    const url = packValue('url', 5);
    const open = (...values: number[]): Some => ({ tool_name: 'open', tool_class: 'read', args_values: values });
    const chain = [read(url), open(url, ...words(20))];
    const place = packValue('host', 6);
    expect(reasons([about(['read'], place), ...chain])).toEqual([['stray_address', 'e2', 'e3']]);
    expect(reasons([about(['read']), ...chain])).toEqual([]);
    expect(reasons([about(['read'], place), read(url), open(url, ...words(20, 1))])).toEqual([]);
    expect(reasons([about(['read'], place, url), ...chain])).toEqual([]);
    expect(reasons([about(['read'], place), open(url, ...words(20))])).toEqual([]);
  });

  it('tells a strong finding after a weak one, and each once', () => {
    const weak = pay(NOTE, IBAN);
    const strong = send(...words(20, 21));
    const told = play([about(['write']), read(NOTE), weak, weak, strong, strong]);
    expect(told.map(({ severity }) => severity)).toEqual(['medium', 'high']);
  });
});

describe('tool-chaining, authority', () => {
  const scope = (tools: string[], targets: string[] = []): Some => ({
    ...asked(['write']),
    scope_tools: tools,
    scope_targets: targets,
  });
  const chain = [read(NOTE), { ...pay(NOTE, IBAN), target: 'bank/transfers' }];

  it('lets a tool in the declared scope do its work, and counts one outside of it', () => {
    expect(reasons([scope(['pay_bill']), ...chain])).toEqual([]);
    expect(reasons([scope(['pay_bill'], ['bank/*']), ...chain])).toEqual([]);
    expect(reasons([scope(['pay_bill'], ['crm/*']), ...chain])).toHaveLength(1);
    expect(reasons([{ ...scope(['read_page']), request_classes: ['pay'] }, ...chain])).toHaveLength(1);
  });

  it('keeps sessions apart, and takes requests that come with the calls', () => {
    expect(reasons([asked(['write']), { ...read(NOTE), session: 't' }, pay(NOTE, IBAN)])).toEqual([]);
    expect(reasons([{ ...read(NOTE), request_classes: ['write'] }, pay(NOTE, IBAN)])).toHaveLength(1);
  });

  it('falls back to the instance and then to the agent', () => {
    const subjects = (event: Some) =>
      play([asked(['write']), ...chain].map((each) => ({ ...each, session: '', ...event }))).map((alert) => [
        alert.subject_kind,
        alert.subject,
      ]);
    expect(subjects({ agent_instance: 'i' })).toEqual([['agent_instance', 'i']]);
    expect(subjects({})).toEqual([['agent', 'a']]);
  });

  it('matches patterns with wildcards anywhere', () => {
    expect(['a', 'ab', 'aab', 'b', ''].filter((text) => matches('a*b', text))).toEqual(['ab', 'aab']);
    expect(['crm', 'crm/1', 'x/crm/1'].filter((text) => matches('crm/*', text))).toEqual(['crm/1']);
    expect(['x', 'x-1-2', 'x-2-1'].filter((text) => matches('*-1*2', text))).toEqual(['x-1-2']);
    expect([matches('*', ''), matches('ab', 'ab'), matches('ab*ba', 'aba')]).toEqual([true, true, false]);
  });
});
