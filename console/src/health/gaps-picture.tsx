import type { ReactNode } from 'react';
import type { Gap } from '../api/types.ts';
import { AxisLines } from '../pictures/axis.tsx';
import { timeAxis } from '../pictures/time-axis.ts';
import { brief, middle } from '../text/escape.ts';
import { clock } from '../time/format.ts';
import { Picture } from '../ui/picture.tsx';
import { usePrefs } from '../ui/prefs.ts';
import { Table } from '../ui/table.tsx';
import { Safe, Time } from '../ui/text.tsx';

const LANE_PX = 26;
const LABEL_PX = 230;
const LANES_MAX = 25;
const BAND_PX_MIN = 4;

/** When detectors did not see what happened: a quiet time on this picture is quiet, a band is blind. */
export function GapsPicture({ gaps, more }: { gaps: readonly Gap[]; more: boolean }): ReactNode {
  const lanes = lanesOf(gaps);
  const events = gaps.reduce((sum, gap) => sum + gap.events, 0);
  const says = `${gaps.length}${more ? ' newest' : ''} gaps, ${events} events not judged${lanes.length > LANES_MAX ? `; the first ${LANES_MAX} of ${lanes.length} lanes are drawn` : ''}.`;
  return (
    <Picture
      title="Coverage gaps"
      says={says}
      height_min={Math.min(LANES_MAX, lanes.length) * LANE_PX + 24}
      draw={(width) => <Bands lanes={lanes.slice(0, LANES_MAX)} width={width} says={says} />}
      table={<GapsTable gaps={gaps} />}
    />
  );
}

interface Lane {
  name: string;
  gaps: Gap[];
}

function lanesOf(gaps: readonly Gap[]): Lane[] {
  const lanes = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const name = `${gap.detector === '*' ? 'all detectors' : gap.detector} · ${gap.producer || 'any producer'}`;
    lanes.set(name, [...(lanes.get(name) ?? []), gap]);
  }
  return [...lanes].map(([name, own]) => ({ name, gaps: own }));
}

function Bands({ lanes, width, says }: { lanes: readonly Lane[]; width: number; says: string }): ReactNode {
  const { zone } = usePrefs();
  const times = lanes.flatMap(({ gaps }) => gaps.flatMap(timesIn));
  const axis = timeAxis(times, LABEL_PX, width - 32);
  const bottom = lanes.length * LANE_PX;
  return (
    <svg width={width} height={bottom + 22} role="img" aria-label={says}>
      <AxisLines axis={axis} top={0} bottom={bottom} zone={zone} />
      {lanes.map((lane, i) => (
        <g key={lane.name} className="lane">
          <line className="lane-line" x1={0} x2={width} y1={(i + 1) * LANE_PX} y2={(i + 1) * LANE_PX} />
          <text className="lane-name" x={4} y={i * LANE_PX + 17}>
            {middle(lane.name, 34)}
          </text>
          {lane.gaps.map((gap) => {
            const from = axis.x(Date.parse(gap.time_from));
            const to = axis.x(Date.parse(gap.time_to));
            return (
              <rect
                key={JSON.stringify(gap)}
                className="gap-band"
                x={from - BAND_PX_MIN / 2}
                y={i * LANE_PX + 5}
                width={Math.max(BAND_PX_MIN, to - from)}
                height={LANE_PX - 10}
              >
                <title>{`${gap.events} events not seen (${brief(gap.reason, 60)}), ${clock(gap.time_from, zone)} to ${clock(gap.time_to, zone)}`}</title>
              </rect>
            );
          })}
        </g>
      ))}
    </svg>
  );
}

/** Times all over a gap: the axis draws short where nothing is, and a gap is not nothing. */
function timesIn({ time_from, time_to }: Gap): number[] {
  const [from, to] = [Date.parse(time_from), Date.parse(time_to)];
  return Array.from({ length: 11 }, (_, i) => from + ((to - from) * i) / 10);
}

function GapsTable({ gaps }: { gaps: readonly Gap[] }): ReactNode {
  return (
    <Table
      caption="Coverage gaps"
      rows={gaps}
      rowKey={(gap, i) => `${gap.recorded} ${i}`}
      columns={[
        { name: 'From', cell: ({ time_from }) => <Time at={time_from} /> },
        { name: 'To', cell: ({ time_to }) => <Time at={time_to} /> },
        { name: 'Detector', cell: ({ detector }) => <Safe text={detector === '*' ? 'all' : detector} /> },
        { name: 'Producer', cell: ({ producer }) => <Safe text={producer} /> },
        { name: 'Reason', cell: ({ reason }) => <Safe text={reason} /> },
        { name: 'Events', number: true, cell: ({ events }) => events },
      ]}
    />
  );
}
