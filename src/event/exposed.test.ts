import { describe, expect, it } from 'vitest';
import { type AgentEvent, EVENT } from './event.ts';
import { credentialEvents, exposuresOf } from './exposed.ts';
import { rowOf } from './field.ts';

const event = (more: Partial<AgentEvent> = {}) =>
  rowOf(EVENT, {
    event_id: 'e',
    kind: 'tool_call',
    agent_id: 'a',
    tool_class: 'send',
    credential: 'jwt:own',
    credential_handles: { jti: '1' },
    marks: ['secret_exposure', 'exposed_in_args'],
    attributes: { secret_fingerprint: 'tl-hmac:1,tl-hmac:2' },
    ...more,
  });

describe('secrets that stood in an event', () => {
  it('are an event of the credentials topic each, with the place and maker of that event and no handles of its own token', () => {
    const made = exposuresOf(event());
    expect(made.map(({ credential }) => credential)).toEqual(['tl-hmac:1', 'tl-hmac:2']);
    expect(made[0]).toMatchObject({
      event_id: 'e',
      kind: 'lifecycle',
      lifecycle: 'credential_exposed',
      agent_id: 'a',
      tool_class: 'send',
      marks: ['secret_exposure', 'exposed_in_args'],
      credential_handles: {},
    });
  });

  it('are none without the mark of the door: a producer cannot expose what it likes', () => {
    expect(exposuresOf(event({ marks: [] }))).toEqual([]);
    expect(exposuresOf(event({ attributes: {} }))).toEqual([]);
  });

  it('come before the use that the event is itself', () => {
    const made = credentialEvents([event(), event({ credential: '', marks: [] })]);
    expect(made.map(({ credential, kind }) => `${credential} ${kind}`)).toEqual([
      'tl-hmac:1 lifecycle',
      'tl-hmac:2 lifecycle',
      'jwt:own tool_call',
    ]);
  });
});
