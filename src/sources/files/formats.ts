import { agentRuns } from './agent-runs.ts';
import { cloudtrail } from './cloudtrail.ts';
import { cloudtrailRows } from './cloudtrail-rows.ts';
import type { Format } from './format.ts';
import { logons } from './logons.ts';
import { loops } from './loops.ts';
import { otlpJson } from './otlp-json.ts';
import { posted } from './posted.ts';
import { pythonSpans } from './python-spans.ts';

/** Formats that are recognised, in the order in which they are tried. */
export const FORMATS: readonly Format[] = [
  otlpJson,
  pythonSpans,
  cloudtrail,
  cloudtrailRows,
  agentRuns,
  loops,
  logons,
  posted,
];
