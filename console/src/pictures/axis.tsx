import type { ReactNode } from 'react';
import { duration, tick, type Zone } from '../time/format.ts';
import { type TimeAxis, ticksOf } from './time-axis.ts';

const TICK_PX = 90;

/** Lines and times of a time axis, with its gaps named. */
export function AxisLines({
  axis,
  top,
  bottom,
  zone,
}: {
  axis: TimeAxis;
  top: number;
  bottom: number;
  zone: Zone;
}): ReactNode {
  return (
    <g className="axis">
      {axis.stretches.map((stretch) => {
        if (stretch.is_gap) {
          const middle = (stretch.x0 + stretch.x1) / 2;
          return (
            <g key={`gap ${stretch.from}`}>
              <rect className="gap" x={stretch.x0} y={top} width={stretch.x1 - stretch.x0} height={bottom - top} />
              <text x={middle} y={bottom + 14} textAnchor="middle">
                ⋯ {duration(stretch.to - stretch.from)}
              </text>
            </g>
          );
        }
        const { step, at } = ticksOf(stretch, TICK_PX);
        return (
          <g key={`busy ${stretch.from}`}>
            {at.map((time) => (
              <g key={time}>
                <line x1={axis.x(time)} x2={axis.x(time)} y1={top} y2={bottom} />
                <text x={axis.x(time)} y={bottom + 14} textAnchor="middle">
                  {tick(time, step, zone)}
                </text>
              </g>
            ))}
          </g>
        );
      })}
    </g>
  );
}

/** A mark per outcome: told apart by shape. */
export function UseMark({ x, y, outcome, title }: { x: number; y: number; outcome: string; title: string }): ReactNode {
  const r = 4;
  return (
    <g className={`use use-${outcome}`}>
      <title>{title}</title>
      {outcome === 'denied' ? (
        <path d={`M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`} />
      ) : outcome === 'error' ? (
        <path d={`M${x} ${y - r}L${x + r} ${y + r}L${x - r} ${y + r}Z`} />
      ) : (
        <circle cx={x} cy={y} r={r} />
      )}
    </g>
  );
}
