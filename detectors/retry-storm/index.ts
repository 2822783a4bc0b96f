import { filter, map } from 'rxjs';
import { detector } from '../../src/detect/detector.ts';
import { attack } from './attack.ts';
import { RetryStormConfig } from './config.ts';
import { createStorm } from './storm.ts';

export const retryStorm = detector({
  id: 'retry-storm',
  version: 2,
  meta: {
    title: 'An agent repeats itself without getting anywhere',
    maturity: 'stable',
    severity: 'medium',
    detects:
      'A session that makes the same call again and again with the same result, goes round in a cycle of two or three calls, keeps bringing back results it has just seen, or fails most of its last calls, whatever the errors are. In audit logs: one credential that is refused on one target five times within a minute and goes on trying.',
    misses: [
      'Loops that change both their arguments and their results with every turn and report success.',
      'Loops slower than window_ms, and successful repetitions further apart than poll_gap_ms: those pass as polling.',
      'Repetition of calls whose producer reports neither digests nor arguments and results; only failures count there.',
      'One storm spread over many sessions: users who ask for the same thing must not add up.',
    ],
    false_positives: [
      'An action that is meant to be repeated and always answers the same, such as scrolling a page or pressing a key.',
      'A status that is polled faster than poll_gap_ms and does not change.',
      'An agent that works its way through an interpreter or a test suite by failing: its last seven of ten calls failed and it was about to succeed.',
    ],
    triage: [
      'Read the summary and the calls of the evidence in the timeline of the agent: same arguments, same results?',
      'See whether the session has gone on since, and whether what it calls was down at that time.',
      'Look at what it spends: model tokens and cost of the session.',
      'For refusals: ask what the credential wanted there; a permission that it never had and goes on asking for is a search.',
      'If it is stuck, end the session and give the task back to its user; if the target was down, undo the revocation.',
    ],
    attack: ['T1496.004', 'T1499.003', 'T1110'],
    atlas: ['AML.T0034.002', 'AML.T0029'],
    asi: ['ASI08', 'ASI02'],
    nhi: ['NHI5'],
    safe_mcp: ['SAFE-T1106', 'SAFE-T2102'],
  },
  config: RetryStormConfig,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'producer',
    'agent_id',
    'agent_instance',
    'session',
    'task',
    'credential',
    'credential_handles',
    'lifecycle',
    'tool_name',
    'tool_class',
    'target',
    'args_digest',
    'result_digest',
    'outcome',
    'error_type',
    'error_status',
    'marks',
  ],
  kinds: ['tool_call', 'token_use', 'lifecycle'],
  attack,
  detect(config, windows) {
    const storm = createStorm(config, windows);
    return (events) =>
      events.pipe(
        map(storm),
        filter((finding) => finding !== undefined),
      );
  },
});
