import { scaleLinear, scaleLog } from 'd3-scale';
import type { ReactNode } from 'react';
import type { OrderRow } from '../api/types.ts';
import { words } from '../text/escape.ts';
import { duration, tick } from '../time/format.ts';
import { StateMark } from '../ui/marks.tsx';
import { Picture } from '../ui/picture.tsx';
import { usePrefs } from '../ui/prefs.ts';
import { Table } from '../ui/table.tsx';
import { Id, Time } from '../ui/text.tsx';
import { type Dot, dotsOf, quantile } from './latency.ts';

const HEIGHT = 110;
const LEFT = 56;

/** Is the kill switch fast? One dot for each order, from the event being durable to the proof. */
export function LatencyPicture({
  orders,
  onOpen,
}: {
  orders: readonly OrderRow[];
  onOpen: (order_id: string) => void;
}): ReactNode {
  const dots = dotsOf(orders);
  const proven = dots.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  const says = sayLatency(proven, dots.length);
  return (
    <Picture
      title="From the event to the proof"
      says={says}
      height_min={HEIGHT + 18}
      draw={(width) => <Strip dots={dots} proven={proven} width={width} says={says} onOpen={onOpen} />}
      legend={
        <>
          <span className="tone-good">● proven</span>
          <span className="tone-busy">○ under way</span>
          <span className="tone-bad">✗ failed</span>
        </>
      }
      table={
        <Table
          caption="From the event to the proof, slowest first"
          rows={[...dots].sort((a, b) => (b.ms ?? Number.MAX_VALUE) - (a.ms ?? Number.MAX_VALUE))}
          rowKey={({ order_id }) => order_id}
          columns={[
            { name: 'Time', cell: ({ at }) => <Time at={at} /> },
            { name: 'Order', cell: ({ order_id }) => <Id value={order_id} /> },
            { name: 'State', cell: ({ state }) => <StateMark value={state} /> },
            { name: 'Took', number: true, cell: ({ ms }) => (ms === undefined ? '–' : duration(ms)) },
          ]}
        />
      }
    />
  );
}

function sayLatency(proven: readonly number[], all: number): string {
  if (all === 0) return 'No order has left yet.';
  if (proven.length === 0) return `${all} left, none is proven yet.`;
  const [half, most, worst] = [quantile(proven, 0.5)!, quantile(proven, 0.95)!, Math.max(...proven)];
  return `${proven.length} of ${all} proven: p50 ${duration(half)}, p95 ${duration(most)}, slowest ${duration(worst)}.`;
}

interface StripProps {
  dots: readonly Dot[];
  proven: readonly number[];
  width: number;
  says: string;
  onOpen: (order_id: string) => void;
}

function Strip({ dots, proven, width, says, onOpen }: StripProps): ReactNode {
  const { zone } = usePrefs();
  const times = dots.map(({ at }) => at);
  if (times.length === 0) return null;
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = scaleLinear(first === last ? [first - 1000, last + 1000] : [first, last], [LEFT + 12, width - 14]);
  const low = Math.min(100, ...proven);
  const high = Math.max(1000, ...proven);
  const y = scaleLog([10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))], [HEIGHT, 12]);
  const decades = y.ticks().filter((ms) => Number.isInteger(Math.log10(ms)));
  const half = quantile(proven, 0.5);
  return (
    <svg width={width} height={HEIGHT + 18} role="img" aria-label={says}>
      <g className="axis">
        {decades.map((ms) => (
          <g key={ms}>
            <line x1={LEFT} x2={width} y1={y(ms)} y2={y(ms)} />
            <text x={LEFT - 6} y={y(ms) + 4} textAnchor="end">
              {duration(ms)}
            </text>
          </g>
        ))}
        {x.ticks(Math.max(2, Math.floor(width / 150))).map((at) => (
          <text key={at} x={x(at)} y={HEIGHT + 15} textAnchor="middle">
            {tick(at, last - first < 600_000 ? 1000 : last - first < 172_800_000 ? 60_000 : 86_400_000, zone)}
          </text>
        ))}
      </g>
      {half === undefined ? null : <line className="median" x1={LEFT} x2={width} y1={y(half)} y2={y(half)} />}
      {dots.map((dot) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut; the list below has the same orders for keys
        <g key={dot.order_id} className="dot" onClick={() => onOpen(dot.order_id)}>
          <title>{`${words(dot.state)}${dot.ms === undefined ? '' : ` after ${duration(dot.ms)}`}`}</title>
          <DotMark dot={dot} x={x(dot.at)} y={dot.ms === undefined ? 16 : y(dot.ms)} />
        </g>
      ))}
    </svg>
  );
}

function DotMark({ dot, x, y }: { dot: Dot; x: number; y: number }): ReactNode {
  if (dot.is_failed)
    return (
      <path className="dot-failed" d={`M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x - 4} ${y + 4}L${x + 4} ${y - 4}`} />
    );
  return <circle className={dot.ms === undefined ? 'dot-open' : 'dot-proven'} cx={x} cy={y} r={4.5} />;
}
