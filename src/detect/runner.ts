import type { AgentEvent } from '../event/event.ts';
import type { Prepared } from './config.ts';
import type { Finding } from './detector.ts';
import { createSource } from './source.ts';
import { createWindows, type WindowSet, type WindowsOptions } from './windows/create-windows.ts';

export interface RunnerOptions extends Omit<WindowsOptions, 'detector' | 'keys_max_default'> {
  prepared: Prepared;
  keys_max: number;
}

/** What one event or tick led to. */
export interface Outcome {
  findings: readonly Finding[];
  failures: readonly unknown[];
}

/** One detector on one partition. */
export interface Runner extends Prepared {
  readonly windows: WindowSet;
  next(event: AgentEvent): Outcome;
  /** Expires the expectation that is due first. */
  expire(): Outcome;
  close(): void;
}

/**
 * Subscribes the detector's operator once. When the detector throws, Rx tears its stream down: the rest of that event is lost,
 * a new stream takes over at once, and the state of its windows stays.
 */
export function createRunner({ prepared, keys_max, ...hooks }: RunnerOptions): Runner {
  const { detector, config } = prepared;
  const windows = createWindows({ detector: detector.id, keys_max_default: keys_max, ...hooks });
  const events = createSource<AgentEvent>();
  let findings: Finding[] = [];
  let failures: unknown[] = [];
  let subscribed = false;
  let subscribing = false;

  const subscribe = () => {
    subscribing = true;
    subscribed = true;
    windows.reopen();
    events.values.pipe(detector.detect(config, windows.windows)).subscribe({
      next: (finding) => findings.push(finding),
      error: failed,
      complete: () => failed(new Error('The detector ended its stream')),
    });
    subscribing = false;
  };
  const failed = (error: unknown) => {
    failures.push(error);
    subscribed = false;
    if (!subscribing) subscribe();
  };
  const outcome = (): Outcome => {
    if (findings.length === 0 && failures.length === 0) return NOTHING;
    const result = { findings, failures };
    findings = [];
    failures = [];
    return result;
  };

  subscribe();
  return {
    ...prepared,
    windows,
    next(event) {
      if (!subscribed) subscribe();
      windows.at(event.time);
      events.next(event);
      return outcome();
    },
    expire() {
      if (!subscribed) subscribe();
      windows.expire();
      return outcome();
    },
    close: events.close,
  };
}

/** Nearly always. */
export const NOTHING: Outcome = { findings: [], failures: [] };
