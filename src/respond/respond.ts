import { TriplineError } from '../errors.ts';
import type { Subscription } from '../log/log.ts';
import { pause, restore, resume, sweep } from './control.ts';
import { createEngine, type Engine, type Pause, RESPOND_GROUP, type RespondDeps } from './engine.ts';
import { type Feedback, feedbackOf } from './feedback.ts';
import { orderScope } from './journal.ts';
import type { Entry } from './ledger.ts';
import { stateOf } from './machine.ts';
import { type People, peopleOf } from './people.ts';
import type { Policy } from './policy.ts';
import { type Revoked, revokedIn } from './revoked.ts';
import { alertsTask, credentialsTask } from './tasks.ts';

export type { Pause, RespondDeps } from './engine.ts';

export interface RespondStatus {
  paused: Pause | undefined;
  policy_version: string;
  /** Orders kept, by state. */
  orders: Record<string, number>;
  /** Per receiver: orders waiting for their next attempt, ready to be sent, and being asked. */
  receivers: Record<string, { waiting: number; queued: number; open: number }>;
}

export interface Respond {
  /** Holds every order back until resume; durable, so that a restart does not end it. */
  pause(who: string, why: string): Promise<void>;
  resume(who: string): Promise<void>;
  /** What people do about one order. @throws TriplineError TRIPLINE_ORDER_REFUSED when it cannot be done, with the reason */
  readonly people: People;
  /** What receivers say after their answer. */
  readonly feedback: Feedback;
  /**
   * Decides by another policy from now on, and says whether it is another one. Orders that were made stay as they are.
   * @throws TriplineError TRIPLINE_POLICY_INVALID, and nothing has changed
   */
  follow(policy: Policy): boolean;
  /** What is revoked at this moment; asked about one credential, or about everything. */
  revoked(credential?: string): Revoked[];
  status(): RespondStatus;
  /** What decides at this moment. */
  policy(): Policy;
  /** Resolves when every alert and use appended so far has been handled; requests may still be open. */
  drained(): Promise<void>;
  lag(): number;
  /** Rejects when the response cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the response: alerts in, orders out, uses of credentials as proof. Orders that were sent and not answered before a crash are sent
 * again under the same id.
 * @throws TriplineError TRIPLINE_POLICY_INVALID when a rule names a receiver that is not configured
 */
export async function startRespond(deps: RespondDeps): Promise<Respond> {
  checkReceivers(deps);
  const { log, logger, config } = deps;
  const engine = createEngine(deps);
  const scopes = Array.from({ length: log.partitions('revocations') }, (_, partition) => orderScope(partition));
  const subscriptions: Subscription[] = [];
  try {
    const entries = await restore(engine, scopes);
    engine.outbox.pause(engine.paused !== undefined);
    for (const entry of entries) if (isAsking(entry)) engine.outbox.push(entry, 0);
    subscriptions.push(await log.subscribe('credentials', RESPOND_GROUP, (index) => credentialsTask(engine, index)));
    subscriptions.push(await log.subscribe('alerts', RESPOND_GROUP, (index) => alertsTask(engine, index)));
  } catch (error) {
    await close(engine, subscriptions);
    throw error;
  }
  const sweeper = setInterval(() => {
    sweep(engine).catch((error: unknown) => logger.error({ err: error }, 'old orders could not be dropped'));
  }, config.sweep_ms);
  sweeper.unref();
  return running(engine, subscriptions, () => clearInterval(sweeper));
}

/** Somebody was asked and has not answered. */
function isAsking({ order, undo_given_up }: Entry): boolean {
  const state = stateOf(order);
  return state === 'sent' || (state === 'undo_requested' && !undo_given_up);
}

function running(engine: Engine, subscriptions: readonly Subscription[], stop: () => void): Respond {
  const ended = Promise.all(subscriptions.map((subscription) => subscription.finished)).then(() => {});
  const finished = Promise.race([ended, engine.journal.broken]);
  finished.catch(() => {});
  return {
    pause: (who, why) => pause(engine, who, why),
    resume: (who) => resume(engine, who),
    people: peopleOf(engine),
    feedback: feedbackOf(engine),
    follow(policy) {
      checkReceivers({ policy, receivers: engine.receivers });
      const other = policy.version !== engine.policy.version;
      engine.policy = policy;
      return other;
    },
    revoked: (credential) => revokedIn(engine.ledger, credential),
    status: () => statusOf(engine),
    policy: () => engine.policy,
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    lag: () => subscriptions.reduce((records, subscription) => records + subscription.lag(), 0),
    finished,
    async close() {
      stop();
      await close(engine, subscriptions);
    },
  };
}

async function close({ outbox, journal, receivers }: Engine, subscriptions: readonly Subscription[]): Promise<void> {
  await Promise.all(subscriptions.map((subscription) => subscription.close()));
  await outbox.close();
  await journal.close();
  await Promise.all([...receivers.values()].map((receiver) => receiver.close?.()));
}

function statusOf({ ledger, outbox, paused, policy }: Engine): RespondStatus {
  const orders: Record<string, number> = {};
  for (const { order } of ledger.all()) orders[order.state] = (orders[order.state] ?? 0) + 1;
  return { paused, policy_version: policy.version, orders, receivers: outbox.status() };
}

function checkReceivers({ policy, receivers }: Pick<RespondDeps, 'policy' | 'receivers'>): void {
  for (const rule of policy.rules) {
    const unknown = rule.receivers.find((name) => !receivers.has(name));
    if (unknown === undefined) continue;
    const known = [...receivers.keys()].join(', ') || 'none is configured';
    throw new TriplineError(
      'TRIPLINE_POLICY_INVALID',
      `Rule ${rule.name}: receiver "${unknown}" is not configured; known: ${known}`,
    );
  }
}
