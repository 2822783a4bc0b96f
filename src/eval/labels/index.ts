import type { Labels } from '../case.ts';
import { agentRuns } from './agent-runs.ts';
import { cloudtrail } from './cloudtrail.ts';
import { logons } from './logons.ts';
import { loops } from './loops.ts';

/** Labelled corpora that can be scored. */
export const LABELS: readonly Labels[] = [agentRuns, loops, cloudtrail, logons];
