import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { secretExposure } from './index.ts';

type Some = Partial<AgentEvent>;
const DAY = 86_400_000;
const START = 1_750_000_000_000;
const shown = (more: Some = {}): Some => ({
  kind: 'lifecycle',
  lifecycle: 'credential_exposed',
  agent_id: 'a',
  credential: 'tl-hmac:1',
  tool_name: 'mail',
  tool_class: 'send',
  marks: ['secret_exposure', 'exposed_in_args'],
  ...more,
});
const used = (agent_id: string, more: Some = {}): Some => ({
  kind: 'token_use',
  agent_id,
  credential: 'tl-hmac:1',
  outcome: 'ok',
  ...more,
});
const play = (events: Some[], config = {}) =>
  runDetector(
    secretExposure,
    config,
    events.map((event, i) => ({ time: START + i * 1000, ...event })),
  ).map(({ reason, severity, event_ids }) => `${reason} ${severity} ${event_ids.join(' ')}`);

describe('secret-exposure', () => {
  it.each([
    ['exposed_in_args', 'send', ['shown high e1']],
    ['exposed_in_args', 'write', ['shown medium e1']],
    ['exposed_in_args', 'read', ['shown low e1']],
    ['exposed_in_args', 'identity', []],
    ['exposed_in_result', 'read', ['shown medium e1']],
    ['exposed_in_result', 'secret_read', []],
    ['other', 'read', ['shown medium e1']],
    ['exposed_by_name', 'read', ['shown low e1']],
  ] as const)('of a secret %s of a tool of class %s says %j', (mark, tool_class, told) => {
    expect(play([shown({ marks: ['secret_exposure', mark], tool_class })])).toEqual(told);
  });

  it('says it a step lower where only the name of a field calls it a secret', () => {
    const marks = ['secret_exposure', 'exposed_in_args', 'exposed_by_name'];
    expect(play([shown({ marks })])).toEqual(['shown medium e1']);
    expect(play([shown({ marks, tool_class: 'write' })])).toEqual(['shown low e1']);
  });

  it('lets tools be that keep secrets, unless they send them', () => {
    expect(play([shown({ tool_name: 'create_secret', tool_class: 'write' })])).toEqual([]);
    expect(play([shown({ tool_name: 'send_password' })])).toEqual(['shown high e1']);
  });

  it('tells a secret once, and another one apart', () => {
    expect(play([shown(), shown(), shown({ credential: 'tl-hmac:2' })])).toEqual(['shown high e1', 'shown high e3']);
  });

  it('fires when somebody uses it afterwards who had not used it before, and did not show it', () => {
    const read = shown({ tool_class: 'secret_read', marks: ['secret_exposure', 'exposed_in_result'] });
    expect(play([read, used('b')])).toEqual(['copy_used high e1 e2']);
    expect(play([used('b'), read, used('b')])).toEqual([]);
    expect(play([read, used('a')])).toEqual([]);
    expect(play([read, used('b', { outcome: 'denied' })])).toEqual([]);
    expect(play([read, used('b', { marks: ['service_hop'] })])).toEqual([]);
    expect(play([read, used('b', { tenant: 'other' })])).toEqual([]);
    expect(play([used('b')])).toEqual([]);
  });

  it('tells each stranger once', () => {
    const read = shown({ tool_class: 'secret_read', marks: ['secret_exposure', 'exposed_in_result'] });
    expect(play([read, used('b'), used('b'), used('c')])).toEqual(['copy_used high e1 e2', 'copy_used high e1 e4']);
  });

  it('forgets after remember_ms', () => {
    const read = shown({ tool_class: 'secret_read', marks: ['secret_exposure', 'exposed_in_result'], time: START });
    expect(play([read, used('b', { time: START + 7 * DAY })])).toHaveLength(1);
    expect(play([read, used('b', { time: START + 7 * DAY + 1 })])).toEqual([]);
  });
});
