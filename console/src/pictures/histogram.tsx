import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { type PointerEvent, type ReactNode, useState } from 'react';
import type { Histogram, Severity } from '../api/types.ts';
import { duration, tick, type Zone } from '../time/format.ts';
import { SEVERITIES } from '../ui/marks.tsx';
import { Picture } from '../ui/picture.tsx';
import { usePrefs } from '../ui/prefs.ts';
import { Table } from '../ui/table.tsx';
import { Time } from '../ui/text.tsx';

const HEIGHT = 64;
const LEFT = 34;

interface Props {
  data: Histogram;
  onRange: (from: number, to: number) => void;
}

type Bucket = Histogram['buckets'][number];

/** When it started: alerts over time, by severity. Dragging over it chooses a range. */
export function HistogramPicture({ data, onRange }: Props): ReactNode {
  const says = sayHistogram(data);
  return (
    <Picture
      title="Alerts over time"
      says={says}
      height_min={HEIGHT + 18}
      draw={(width) => <Bars data={data} width={width} says={says} onRange={onRange} />}
      table={
        <Table
          caption="Alerts over time"
          rows={data.buckets.filter((bucket) => sum(bucket) > 0)}
          rowKey={({ at }) => at}
          columns={[
            { name: 'From', cell: ({ at }) => <Time at={at} /> },
            ...SEVERITIES.map((name) => ({
              name,
              number: true,
              cell: ({ counts }: Bucket) => counts[name] ?? 0,
            })),
          ]}
        />
      }
    />
  );
}

function sum({ counts }: Bucket): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}

function sayHistogram({ step_ms, buckets }: Histogram): string {
  const total = buckets.reduce((n, bucket) => n + sum(bucket), 0);
  const peak = Math.max(0, ...buckets.map(sum));
  return total === 0 ? 'No alerts.' : `${total} in all, at most ${peak} in ${duration(step_ms)}.`;
}

function Bars({ data, width, says, onRange }: Props & { width: number; says: string }): ReactNode {
  const { zone } = usePrefs();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const { buckets, step_ms } = data;
  if (buckets.length === 0) return null;
  const first = Date.parse(buckets[0]!.at);
  const x = scaleLinear([first, first + buckets.length * step_ms], [LEFT, width - 4]);
  const peak = Math.max(1, ...buckets.map(sum));
  const y = scaleLinear([0, peak], [HEIGHT, 4]);
  const at = (event: PointerEvent<SVGSVGElement>) =>
    x.invert(Math.max(LEFT, Math.min(width - 4, event.clientX - event.currentTarget.getBoundingClientRect().left)));
  return (
    <svg
      className="histogram"
      width={width}
      height={HEIGHT + 18}
      role="img"
      aria-label={`Alerts over time. ${says}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: at(event) })}
      onPointerUp={() => {
        if (drag && Math.abs(x(drag.to) - x(drag.from)) > 4)
          onRange(Math.floor(Math.min(drag.from, drag.to)), Math.ceil(Math.max(drag.from, drag.to)));
        setDrag(undefined);
      }}
    >
      <line className="base" x1={LEFT} x2={width - 4} y1={HEIGHT} y2={HEIGHT} />
      <text x={LEFT - 6} y={12} textAnchor="end">
        {peak}
      </text>
      {buckets.map((bucket) => (
        <Bar
          key={bucket.at}
          bucket={bucket}
          x={x(Date.parse(bucket.at))}
          width={barWidth(x, step_ms, first)}
          y={y}
          zone={zone}
        />
      ))}
      {ticksIn(x, width).map((time) => (
        <text key={time} x={x(time)} y={HEIGHT + 14} textAnchor="middle">
          {tick(time, Math.max(step_ms, 1000), zone)}
        </text>
      ))}
      {drag ? (
        <rect
          className="brush"
          x={Math.min(x(drag.from), x(drag.to))}
          width={Math.abs(x(drag.to) - x(drag.from))}
          y={0}
          height={HEIGHT}
        />
      ) : null}
    </svg>
  );
}

const LABEL_PX = 60;

/** Times whose label fits between the edges. */
function ticksIn(x: ScaleLinear<number, number>, width: number): number[] {
  const ticks = x.ticks(Math.max(2, Math.floor(width / 130)));
  return ticks.filter((time) => x(time) > LEFT && x(time) < width - LABEL_PX / 2);
}

function barWidth(x: (at: number) => number, step_ms: number, first: number): number {
  return Math.min(44, Math.max(2, x(first + step_ms) - x(first) - 1));
}

interface BarProps {
  bucket: Bucket;
  x: number;
  width: number;
  y: (n: number) => number;
  zone: Zone;
}

function Bar({ bucket, x, width, y, zone }: BarProps): ReactNode {
  let below = 0;
  const parts = SEVERITIES.flatMap((name: Severity) => {
    const n = bucket.counts[name] ?? 0;
    if (n === 0) return [];
    const top = y(below + n);
    const height = y(below) - top;
    below += n;
    return [<rect key={name} className={`fill-${name}`} x={x} y={top} width={width} height={Math.max(1, height)} />];
  });
  const counts = SEVERITIES.flatMap((name) => (bucket.counts[name] ? [`${bucket.counts[name]} ${name}`] : []));
  return (
    <g>
      <title>{`${tick(Date.parse(bucket.at), 1000, zone)}: ${counts.join(', ') || 'none'}`}</title>
      {parts}
    </g>
  );
}
