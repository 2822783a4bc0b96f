export { alertsNow, STATUSES, type Status } from './alerts-now.ts';
export { TriageConfig } from './config.ts';
export { type Desk, type DeskDeps, openDesk, type Recorded } from './desk.ts';
export type { Asked } from './next.ts';
export { followRecent, type Recent, type Relation } from './recent.ts';
export { readSilences, type Silence } from './silence.ts';
export { actOn, type Outcome, type TriageDeps, undoBulk, type Which } from './triage.ts';
