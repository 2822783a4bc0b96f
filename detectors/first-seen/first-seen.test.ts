import { describe, expect, it } from 'vitest';
import { DetectConfig, prepareDetectors } from '../../src/detect/config.ts';
import { createPipeline } from '../../src/detect/runtime.ts';
import { runDetector } from '../../src/detect/testing.ts';
import { type AgentEvent, EVENT } from '../../src/event/event.ts';
import { rowOf } from '../../src/event/field.ts';
import { encodeFrame } from '../../src/event/frame/index.ts';
import { retryStorm } from '../retry-storm/index.ts';
import { firstSeen } from './index.ts';

type Some = Partial<AgentEvent>;
const START = 1_750_000_000_000;
const DAY = 86_400_000;
const call = (tool_name: string, more: Some = {}): Some => ({
  kind: 'tool_call',
  agent_id: 'a',
  session: 'today',
  tool_name,
  tool_class: 'read',
  target: 'crm/1',
  outcome: 'ok',
  ...more,
});
/** Fifty calls of two tools in three sessions. */
const past = Array.from({ length: 50 }, (_, i) => call(`known-${i % 2}`, { session: `s${i % 3}` }));

/** The past begins a day before the rest, which comes once a second. */
function timed(events: readonly Some[], before: readonly Some[] = past): Some[] {
  return [
    ...before.map((event, i) => ({ event_id: `p${i}`, time: START + i, ...event })),
    ...events.map((event, i) => ({ event_id: `e${i}`, time: START + DAY + i * 1000, ...event })),
  ];
}
const play = (events: readonly Some[], before = past, config = {}) =>
  runDetector(firstSeen, config, timed(events, before));
const told = (events: readonly Some[], before = past, config = {}) =>
  play(events, before, config).map(({ reason, severity, event_ids }) => `${reason} ${severity} ${event_ids.join(' ')}`);

describe('first-seen', () => {
  it('tells a new tool once, with what it had learned until then, and is quiet about a known one', () => {
    expect(told([call('known-0')])).toEqual([]);
    const [alert, ...more] = play([call('new'), call('new'), call('new', { time: START + 3 * DAY })]);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      reason: 'new_tool',
      severity: 'low',
      maturity: 'sandbox',
      subject_kind: 'agent',
      subject: 'a',
      event_ids: ['e0'],
      summary:
        'Agent a used tool new (read) for the first time, after 50 events over 24 h with 2 tools and 1 services.',
      evidence: {
        tool: 'new',
        service: 'crm',
        learning_since: '2025-06-15T15:06:40.000Z',
        events_learned: '50',
        sessions_learned: '3',
        events_left_out: '0',
        tools_known: '2',
        services_known: '1',
      },
    });
  });

  it('is silent until the agent has enough events, age and sessions, one more of each', () => {
    expect(told([call('new')], past.slice(1))).toEqual([]);
    expect(told([call('new', { time: START + DAY - 1 })])).toEqual([]);
    const two = past.map((event, i) => ({ ...event, session: `s${i % 2}` }));
    expect(told([call('new', { session: 's0' })], two)).toEqual([]);
    expect(told([call('new', { session: 's0' })], past)).toHaveLength(1);
    const none = past.map((event) => ({ ...event, session: '' }));
    expect(told([call('new', { session: '' })], none)).toHaveLength(1);
  });

  it('counts a target by its service, and is medium where the tool cannot be taken back', () => {
    expect(told([call('known-0', { target: 'crm/77' })])).toEqual([]);
    expect(told([call('known-0', { target: 'vault/1' })])).toEqual(['new_target low e0']);
    for (const tool_class of ['send', 'share', 'pay', 'delete', 'identity'] as const)
      expect(told([call('new', { tool_class })])).toEqual(['new_tool medium e0']);
    expect(told([call('known-0', { tool_class: 'pay' })])).toEqual([]);
  });

  it('tells harmless news of an agent once in a while, and what cannot be taken back each time', () => {
    expect(told([call('new-1'), call('new-2'), call('new-3', { time: START + DAY + 3_600_000 })])).toEqual([
      'new_tool low e0',
      'new_tool low e2',
    ]);
    const send = (tool: string) => call(tool, { tool_class: 'send' });
    expect(told([call('new-1'), send('new-2'), send('new-3'), send('new-3')])).toEqual([
      'new_tool low e0',
      'new_tool medium e1',
      'new_tool medium e2',
    ]);
  });

  it('keeps agents, tenants and producers apart', () => {
    for (const more of [{ agent_id: 'b' }, { tenant: 't' }, { producer: 'gateway' }])
      expect(told([call('known-0', more), call('new', more)])).toEqual([]);
  });

  it('holds nothing that a declared scope names for news', () => {
    const started: Some = { ...call(''), kind: 'lifecycle', lifecycle: 'task_started', scope_tools: ['new'] };
    expect(told([started, call('new')])).toEqual([]);
    expect(told([started, call('newer')])).toEqual(['new_tool low e1']);
  });

  it('learns nothing from what is refused, and tells it again after a while', () => {
    const hour = (i: number, outcome: AgentEvent['outcome']) =>
      call('new', { outcome, time: START + DAY + i * 3_600_000 });
    expect(told([hour(0, 'denied'), hour(1, 'ok'), hour(2, 'ok')])).toEqual(['new_tool low e0', 'new_tool low e1']);
  });

  it('learns nothing of what a revoked credential does, and says nothing of what it is refused', () => {
    const revoked: Some = {
      kind: 'lifecycle',
      lifecycle: 'credential_revoked',
      producer: 'tripline',
      agent_id: 'a',
      credential: 'x:1',
    };
    const hour = (i: number, more: Some) => call('new', { time: START + DAY + i * 3_600_000, ...more });
    const dead: Some = { outcome: 'denied', error_status: 401 };
    expect(told([revoked, hour(0, { ...dead, credential: 'x:1' }), hour(0, dead)])).toEqual([]);
    expect(told([revoked, hour(0, { credential: 'x:1' }), hour(1, { credential: 'x:2' }), hour(2, {})])).toEqual([
      'new_tool low e1',
      'new_tool low e2',
    ]);
  });
});

describe('first-seen beside another detector', () => {
  /** The real runtime, each event appended as it happens; restored from what it holds before event `restart`. */
  function together(events: readonly Some[], restart?: number) {
    const make = () =>
      createPipeline({
        topic: 'events',
        partition: 0,
        detectors: prepareDetectors([firstSeen, retryStorm], {}),
        config: DetectConfig.parse({}),
        now: () => 0,
      });
    let pipeline = make();
    const alerts: { detector: string; reason: string; event: string | undefined; id: string; left_out?: string }[] = [];
    timed(events).forEach((event, offset) => {
      if (offset === restart) pipeline = restored(pipeline, make(), offset);
      const row = rowOf(EVENT, { tenant: 'default', producer: 'test', ...event });
      pipeline.process({ offset, appended: row.time, frame: encodeFrame(EVENT.columns, [row]) });
      for (const { detector, reason, event_ids, alert_id, evidence } of pipeline.take().alerts)
        alerts.push({ detector, reason, event: event_ids.at(-1), id: alert_id, left_out: evidence.events_left_out });
    });
    return alerts;
  }
  type Pipeline = ReturnType<typeof createPipeline>;
  function restored(before: Pipeline, after: Pipeline, position: number): Pipeline {
    const copy = (from: Pipeline['self']['windows'], to: Pipeline['self']['windows']) =>
      to.restore(Array.from(from.changes(), ({ key, value }) => [key, value] as const).filter(isSet));
    copy(before.self.windows, after.self.windows);
    for (const [i, { windows }] of before.runners.entries()) copy(windows, after.runners[i]!.windows);
    const parts: (Pipeline['self'] | Pipeline['runners'][number])[] = [after.self, ...after.runners];
    after.feedFrom(new Map(parts.map((part) => [part, position])), position);
    return after;
  }
  const isSet = (entry: readonly [string, Buffer | undefined]): entry is readonly [string, Buffer] =>
    entry[1] !== undefined;

  const failing = call('known-0', { args_digest: 'same', outcome: 'error', error_type: 'boom' });
  const storm = [failing, failing, failing, failing];
  const pay = (time: number, session: string) =>
    call('pay_out', { tool_class: 'pay', session, time: START + DAY + time });
  const poisoned = [...storm, pay(10_000, 'today'), pay(3_700_000, 'later'), pay(7_400_000, 'last')];

  it('learns nothing from a session that another detector has fired on', () => {
    const news = (events: readonly Some[]) =>
      together(events).flatMap(({ detector, event, left_out }) =>
        detector === 'first-seen' ? [`${event} ${left_out}`] : [],
      );
    // One failure less is no storm: the tool is learned at once.
    expect(news(poisoned.slice(1))).toEqual(['e3 0']);
    // What the session under alert paid is news again in the next one; only that teaches. Two events were left out.
    expect(news(poisoned)).toEqual(['e4 1', 'e5 2']);
  });

  it('gives the same alerts wherever it is stopped and restored', () => {
    const whole = together(poisoned);
    expect(whole.map(({ detector }) => detector)).toEqual(['retry-storm', 'first-seen', 'first-seen']);
    for (let restart = 50; restart < 57; restart += 1) expect(together(poisoned, restart)).toEqual(whole);
  });
});
