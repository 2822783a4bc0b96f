import { randomUUID } from 'node:crypto';
import { ACT, type Act, type AlertState, type Draft } from '../act/act.ts';
import { TriplineError } from '../errors.ts';
import { rowOf } from '../event/field.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import type { TriageConfig } from './config.ts';
import type { Recorded } from './desk.ts';
import { type Asked, after, checkAsked, type Standing } from './next.ts';
import type { Recent, Relation } from './recent.ts';
import { selectTargets, type Target } from './select.ts';
import { readSilences } from './silence.ts';

export interface TriageDeps {
  store: Pick<Store, 'query'>;
  recent: Recent;
  /** Where acts are made durable: in this process or another one. */
  record: (drafts: readonly Draft[]) => Promise<Recorded>;
  config: TriageConfig;
  metrics: Pick<Metrics, 'requestsShed'>;
  clock: () => number;
}

/** Which alerts: by id with the version that was seen, or all that a filter finds as of a moment. */
export type Which =
  | { seen: ReadonlyMap<string, number | undefined>; as_of?: number | undefined }
  | { where: Relation; as_of: number };

/** Why an act on one alert was not done. */
export interface Failure {
  alert_id: string;
  reason: 'unknown' | 'changed' | 'does_not_fit';
  detail: string;
  /** What was last done to it, and by whom. */
  last?: Pick<Target, 'version' | 'state' | 'last_act' | 'last_who' | 'last_time'>;
}

export interface Outcome {
  bulk_id: string;
  matched: number;
  succeeded: number;
  failed: number;
  /** The first of those that failed. */
  failures: Failure[];
  /** The new version of each alert, where few were asked for. */
  versions: Record<string, number>;
}

const FAILURES_TOLD_MAX = 100;
/** Acts of one write: a frame must fit a message of Kafka, and a question between processes a request. */
const DRAFTS_PER_WRITE = 500;
const STORED_MS_MAX = 30_000;

/**
 * Does one thing to alerts. Either an alert is as it was seen and the act is done, or it is counted as failed with the reason.
 * @throws TriplineError TRIPLINE_ACT_REFUSED when more are meant than an act may be about, or the act lacks something
 */
export async function actOn(deps: TriageDeps, which: Which, asked: Asked): Promise<Outcome> {
  checkAsked(asked);
  const targets = await targetsOf(deps, which, asked.who);
  const bulk_id = randomUUID();
  const failures: Failure[] = [];
  const drafts: Draft[] = [];
  const known = new Set(targets.map(({ alert_id }) => alert_id));
  if ('seen' in which)
    for (const alert_id of which.seen.keys())
      if (!known.has(alert_id)) failures.push({ alert_id, reason: 'unknown', detail: 'There is no such alert' });
  for (const target of targets) {
    if (isChanged(target, which, asked.who)) failures.push(changed(target));
    else {
      const next = after(target, asked);
      if (typeof next === 'string')
        failures.push({
          alert_id: target.alert_id,
          reason: 'does_not_fit',
          detail: `It ${next}`,
          last: lastOf(target),
        });
      else drafts.push(draftOf(target, asked, next, bulk_id));
    }
  }
  const matched = 'seen' in which ? which.seen.size : targets.length;
  return finish(deps, { bulk_id, matched, drafts, failures });
}

/**
 * Takes back what somebody did at once, where nothing was done since.
 * @throws TriplineError TRIPLINE_ACT_REFUSED when he did no such thing
 */
export async function undoBulk(
  deps: TriageDeps,
  of: string,
  { who, role }: Pick<Asked, 'who' | 'role'>,
): Promise<Outcome> {
  const acts = deps.recent.acts();
  const rows = await deps.store.query<Act>(
    `SELECT * FROM ${acts.sql} WHERE object_kind = 'alert'
      AND object IN (SELECT object FROM ${acts.sql} WHERE bulk_id = {of_bulk:String} AND who = {of_who:String} AND object_kind = 'alert')
      ORDER BY object, version DESC LIMIT 1 BY object, version`,
    { ...acts.params, of_bulk: of, of_who: who },
  );
  if (rows.length === 0) throw new TriplineError('TRIPLINE_ACT_REFUSED', `${who} has done nothing of that bulk_id`);
  const bulk_id = randomUUID();
  const histories = new Map<string, Act[]>();
  for (const row of rows) histories.set(row.object, [...(histories.get(row.object) ?? []), row]);
  const failures: Failure[] = [];
  const drafts: Draft[] = [];
  for (const [alert_id, [last, before]] of histories) {
    const target = { ...last!, alert_id, state: last!.state as AlertState };
    if (last!.bulk_id !== of)
      failures.push(changed({ ...target, last_act: last!.act, last_who: last!.who, last_time: String(last!.time) }));
    else {
      const { state = 'open', assignee = '', disposition = '' } = before ?? {};
      const asked = { act: 'undo' as const, who, role, why: `Takes back: ${last!.act}` };
      drafts.push(draftOf(target, asked, { state: state as AlertState, assignee, disposition }, bulk_id));
    }
  }
  return finish(deps, { bulk_id, matched: histories.size, drafts, failures });
}

async function targetsOf(deps: TriageDeps, which: Which, who: string): Promise<Target[]> {
  const { store, recent, config, clock } = deps;
  const acts = recent.acts();
  const silences = 'where' in which ? await readSilences(store, acts, clock()) : [];
  const ids = 'seen' in which ? [...which.seen.keys()] : [];
  const where = 'where' in which ? which.where : { sql: 'alert_id IN {ids:Array(String)}', params: { ids } };
  const as_of = 'where' in which ? which.as_of : undefined;
  if (ids.length <= config.alerts_max) {
    const rows = config.alerts_max + 1;
    const targets = await selectTargets(store, { acts, silences, where, as_of, who, rows });
    if (targets.length <= config.alerts_max) return targets;
  }
  deps.metrics.requestsShed.inc({ limit: 'triage.alerts_max' });
  throw new TriplineError(
    'TRIPLINE_ACT_REFUSED',
    `More than ${config.alerts_max} alerts are meant, and nothing was done: narrow the filter, or raise triage.alerts_max`,
  );
}

/** Since it was seen: what somebody did himself he knows of. */
function isChanged(target: Target, which: Which, who: string): boolean {
  const seen = 'seen' in which ? which.seen.get(target.alert_id) : undefined;
  if (seen !== undefined) return seen !== target.version;
  return which.as_of !== undefined && target.last_who !== who && Date.parse(target.last_time) > which.as_of;
}

function lastOf({ version, state, last_act, last_who, last_time }: Target): NonNullable<Failure['last']> {
  return { version, state, last_act, last_who, last_time };
}

function changed(target: Parameters<typeof lastOf>[0] & { alert_id: string }): Failure {
  const last = lastOf(target);
  const detail = `${last.last_who} did it first: ${last.last_act} at ${last.last_time}`;
  return { alert_id: target.alert_id, reason: 'changed', detail, last };
}

function draftOf(
  about: Pick<Target, 'alert_id' | 'tenant' | 'detector' | 'detector_version' | 'version'>,
  { act, who, role, why }: Pick<Act, 'act' | 'who' | 'role' | 'why'>,
  { state, assignee, disposition }: Standing,
  bulk_id: string,
): Draft {
  const { alert_id, tenant, detector, detector_version } = about;
  return rowOf(ACT, {
    act_id: randomUUID(),
    object_kind: 'alert',
    object: alert_id,
    version: about.version + 1,
    act,
    who,
    role,
    why,
    bulk_id,
    state,
    assignee,
    disposition,
    tenant,
    detector,
    detector_version,
  });
}

interface Decided {
  bulk_id: string;
  matched: number;
  drafts: Draft[];
  failures: Failure[];
}

async function finish(deps: TriageDeps, { bulk_id, matched, drafts, failures }: Decided): Promise<Outcome> {
  const versions: Record<string, number> = {};
  let succeeded = 0;
  for (let at = 0; at < drafts.length; at += DRAFTS_PER_WRITE) {
    const { done, conflicts } = await recordSeen(deps, drafts.slice(at, at + DRAFTS_PER_WRITE));
    succeeded += done.length;
    if (drafts.length <= FAILURES_TOLD_MAX) for (const { object, version } of done) versions[object] = version;
    for (const { object, version, state, act, who, time } of conflicts) {
      const last = {
        version,
        state: state as AlertState,
        last_act: act,
        last_who: who,
        last_time: new Date(time).toISOString(),
      };
      failures.push(changed({ alert_id: object, ...last } as Parameters<typeof changed>[0]));
    }
  }
  // So that no question to the store has to carry thousands of acts.
  const { unstored_acts_max } = deps.config;
  if (deps.recent.size() > unstored_acts_max) await deps.recent.stored(unstored_acts_max, STORED_MS_MAX);
  return {
    bulk_id,
    matched,
    succeeded,
    failed: failures.length,
    failures: failures.slice(0, FAILURES_TOLD_MAX),
    versions,
  };
}

/** Makes acts durable; whoever reads here afterwards sees them. */
export async function recordSeen({ record, recent }: Pick<TriageDeps, 'record' | 'recent'>, drafts: readonly Draft[]) {
  const recorded = await record(drafts);
  recent.add(recorded.done);
  return recorded;
}
