import { ALERT } from '../alert/alert.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import type { Log, LogRecord, PartitionTask, Topic } from '../log/log.ts';
import { recordsOf } from '../log/records.ts';
import { isEmpty } from './change.ts';
import { type Course, newCourse } from './course.ts';
import { type DecideContext, decide } from './decide.ts';
import { type Engine, guardContext, RESPOND_GROUP } from './engine.ts';
import { guard } from './guards.ts';
import { open } from './orders.ts';
import { noteAgents, verify } from './verify.ts';

/** Frames read again at start to know the live fleet, and which detectors told of what. */
const RECALLED_FRAMES = 500;

/**
 * Alerts become orders: decided, guarded, durable, and only then sent. An alert without an order is remembered at once too: judged again
 * after a restart it could get one, because the order that stood in its way may have failed since.
 */
export async function alertsTask(engine: Engine, partition: number): Promise<PartitionTask> {
  const task = await openTask(engine, 'alerts', partition, 0, (course, record) => {
    const cursor = rowsOf(ALERT, Frame.decode(record.frame));
    for (let i = 0; i < cursor.length; i++) {
      const alert = copyRow(ALERT, cursor.seek(i));
      const decision = decide(alert, decideContext(engine));
      if (decision.none !== undefined)
        engine.logger.debug({ alert_id: alert.alert_id, why: decision.none }, 'no order');
      for (const proposal of decision.orders ?? []) {
        const verdict = guard(proposal, guardContext(engine));
        if ('none' in verdict) engine.logger.debug({ alert_id: alert.alert_id, why: verdict.none }, 'no order');
        else open(course, proposal, verdict);
      }
    }
  });
  await recallSignals(engine, partition, task.position);
  return task;
}

function decideContext({ policy, signals, ledger, clock }: Engine): DecideContext {
  return {
    policy,
    signals: (alert) => signals.see(alert, policy.signals_ms),
    current: (head) => ledger.current(head),
    now: clock(),
  };
}

/** Uses of credentials prove orders, or show that they failed. */
export async function credentialsTask(engine: Engine, partition: number): Promise<PartitionTask> {
  const task = await openTask(engine, 'credentials', partition, engine.config.commit_ms, (course, record) =>
    verify(course, engine.fleet, partition, record),
  );
  await recallFleet(engine, partition, task.position);
  return task;
}

/** @param commit_ms how long the offset of records without an order may stay uncommitted */
async function openTask(
  engine: Engine,
  topic: Topic,
  partition: number,
  commit_ms: number,
  handle: (course: Course, record: LogRecord) => void,
): Promise<PartitionTask> {
  const { log, clock } = engine;
  const { first } = await log.bounds(topic, partition);
  let position = Math.max(first, (await log.committed(RESPOND_GROUP, topic, partition)) ?? 0);
  let committed = position;
  let committedAt = clock();

  const commitOffset = (course: Course) => {
    course.outcome.change.commits.push({ group: RESPOND_GROUP, topic, partition, offset: position });
    committed = position;
    committedAt = clock();
    return engine.commit(course);
  };
  return {
    position,
    async process(records) {
      const course = newCourse(engine);
      for (const record of records) handle(course, record);
      position = records.at(-1)!.offset + 1;
      const idle = isEmpty(course.outcome.change);
      if (!idle || clock() - committedAt >= commit_ms) await commitOffset(course);
    },
    async tick() {
      if (position !== committed && clock() - committedAt >= commit_ms) await commitOffset(newCourse(engine));
    },
  };
}

async function recallFleet({ log, fleet, clock, config }: Engine, partition: number, end: number): Promise<void> {
  await recall(log, 'credentials', partition, end, ({ frame, appended }) => {
    if (clock() - appended < config.fleet_window_ms) noteAgents(fleet, Frame.decode(frame), appended);
  });
}

async function recallSignals({ log, signals, policy }: Engine, partition: number, end: number): Promise<void> {
  await recall(log, 'alerts', partition, end, ({ frame }) => {
    const cursor = rowsOf(ALERT, Frame.decode(frame));
    for (let i = 0; i < cursor.length; i++) signals.see(copyRow(ALERT, cursor.seek(i)), policy.signals_ms);
  });
}

/** The last records before `end`, again. */
async function recall(
  log: Log,
  topic: Topic,
  partition: number,
  end: number,
  see: (record: LogRecord) => void,
): Promise<void> {
  const { first } = await log.bounds(topic, partition);
  const from = Math.max(first, end - RECALLED_FRAMES);
  for await (const record of recordsOf(log, topic, partition, from, end)) see(record);
}
