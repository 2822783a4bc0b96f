import { type ReactNode, useState } from 'react';
import type { Call } from '../api/types.ts';
import { brief, middle } from '../text/escape.ts';
import { clock, type Zone } from '../time/format.ts';
import { OutcomeMark } from '../ui/marks.tsx';
import { Picture } from '../ui/picture.tsx';
import { usePrefs } from '../ui/prefs.ts';
import { Table } from '../ui/table.tsx';
import { CredentialLink, Safe, Time } from '../ui/text.tsx';
import { AxisLines } from './axis.tsx';
import { type CallLane, type LaneBy, lanesOf, type Run, runsOf } from './swimlane.ts';
import { type TimeAxis, timeAxis } from './time-axis.ts';

const LANE_PX = 24;
const LABEL_PX = 190;
const LANES_MAX = 40;

interface SwimlaneProps {
  calls: readonly Call[];
  total: number;
  evidence: ReadonlySet<string>;
}

/** What the agent did, in order, one lane per tool, target or credential. */
export function SwimlanePicture({ calls, total, evidence }: SwimlaneProps): ReactNode {
  const [by, setBy] = useState<LaneBy>('tool');
  const lanes = lanesOf(calls, by);
  const drawn = lanes.slice(0, LANES_MAX);
  const says = sayCalls(calls, total, lanes.length);
  return (
    <Picture
      title="Calls in order"
      says={says}
      height_min={drawn.length * LANE_PX + 40}
      aside={
        <label className="inline">
          lane per{' '}
          <select value={by} onChange={({ target }) => setBy(target.value as LaneBy)}>
            <option value="tool">tool</option>
            <option value="target">target</option>
            <option value="credential">credential</option>
          </select>
        </label>
      }
      draw={(width) => <Drawing lanes={drawn} evidence={evidence} width={width} says={says} />}
      table={<CallsTable calls={calls} evidence={evidence} />}
      legend={
        <>
          <span>▮ ok</span>
          <span className="tone-bad">✗ denied</span>
          <span className="tone-wait">▲ error</span>
          <span>◯ evidence of an alert</span>
          <span>×3 repeats in a row</span>
        </>
      }
    />
  );
}

function sayCalls(calls: readonly Call[], total: number, lanes: number): string {
  const denied = calls.filter(({ outcome }) => outcome === 'denied').length;
  const said = [`${calls.length} events in ${lanes} lanes, ${denied} denied.`];
  if (total > calls.length) said.unshift(`Drawing the newest ${calls.length} of ${total}:`);
  if (lanes > LANES_MAX) said.push(`The first ${LANES_MAX} lanes are drawn.`);
  return said.join(' ');
}

interface DrawingProps {
  lanes: readonly CallLane[];
  evidence: ReadonlySet<string>;
  width: number;
  says: string;
}

function Drawing({ lanes, evidence, width, says }: DrawingProps): ReactNode {
  const { zone } = usePrefs();
  const times = lanes.flatMap(({ calls }) => calls.map(({ time }) => Date.parse(time)));
  const axis = timeAxis(times, LABEL_PX + 12, width - 30);
  const bottom = lanes.length * LANE_PX + 4;
  return (
    <svg width={width} height={bottom + 22} role="img" aria-label={says}>
      <AxisLines axis={axis} top={0} bottom={bottom} zone={zone} />
      {lanes.map((lane, i) => (
        <g key={lane.name} className="lane">
          <line className="lane-line" x1={0} x2={width} y1={(i + 1) * LANE_PX} y2={(i + 1) * LANE_PX} />
          <text className="lane-name" x={4} y={i * LANE_PX + 16}>
            <title>{brief(lane.name, 400)}</title>
            {middle(lane.name, 27)}
          </text>
          {runsOf(lane.calls, axis, evidence).map((run) => (
            <RunMark key={run.calls[0]!.event_id} run={run} y={i * LANE_PX + LANE_PX / 2} zone={zone} axis={axis} />
          ))}
        </g>
      ))}
    </svg>
  );
}

function RunMark({ run, y, zone }: { run: Run; y: number; zone: Zone; axis: TimeAxis }): ReactNode {
  const { x0, x1, outcome, calls, is_evidence } = run;
  const first = calls[0]!;
  const what = `${first.tool_name ?? first.kind}${first.target === undefined ? '' : ` → ${first.target}`}`;
  const title = `${clock(first.time, zone, true)} ${brief(what, 160)}: ${outcome}${calls.length > 1 ? `, ${calls.length} times` : ''}`;
  return (
    <g className={`use use-${outcome}`}>
      <title>{title}</title>
      {is_evidence ? (
        <rect className="evidence-ring" x={x0 - 8} y={y - 9} width={x1 - x0 + 16} height={18} rx={9} />
      ) : null}
      {outcome === 'denied' ? (
        <>
          {calls.length > 1 ? <line x1={x0} x2={x1} y1={y} y2={y} /> : null}
          <path d={`M${x1 - 4} ${y - 4}L${x1 + 4} ${y + 4}M${x1 - 4} ${y + 4}L${x1 + 4} ${y - 4}`} />
        </>
      ) : outcome === 'error' ? (
        <>
          {calls.length > 1 ? <line x1={x0} x2={x1} y1={y + 2} y2={y + 2} /> : null}
          <path d={`M${x1} ${y - 5}L${x1 + 5} ${y + 4}L${x1 - 5} ${y + 4}Z`} />
        </>
      ) : (
        <rect x={x0 - 2} y={y - 6} width={x1 - x0 + 4} height={12} rx={2} />
      )}
      {calls.length > 2 ? (
        <text className="repeat" x={x1 + 9} y={y + 4}>
          ×{calls.length}
        </text>
      ) : null}
    </g>
  );
}

export function CallsTable({ calls, evidence }: { calls: readonly Call[]; evidence: ReadonlySet<string> }): ReactNode {
  return (
    <Table
      caption="Calls in order"
      rows={calls}
      rowKey={({ producer, event_id }) => `${producer} ${event_id}`}
      rowClass={({ event_id }) => (evidence.has(event_id) ? 'is-evidence' : '')}
      max={500}
      columns={[
        { name: 'Time', cell: ({ time }) => <Time at={time} ms /> },
        { name: 'What', cell: (call) => <Safe text={call.tool_name ?? call.lifecycle ?? call.kind} /> },
        { name: 'Target', cell: ({ target }) => <Safe text={target ?? ''} /> },
        { name: 'Outcome', cell: ({ outcome, error_status }) => <OutcomeMark value={outcome} status={error_status} /> },
        { name: 'From', cell: ({ source_ip }) => <Safe text={source_ip ?? ''} /> },
        {
          name: 'Credential',
          cell: ({ credential }) => (credential === undefined ? '' : <CredentialLink id={credential} chars={18} />),
        },
        { name: 'Session', cell: ({ session }) => <Safe text={session ?? ''} /> },
      ]}
    />
  );
}
