import type { ReactNode } from 'react';
import { brief, middle } from '../text/escape.ts';
import { clock } from '../time/format.ts';
import { OutcomeMark } from '../ui/marks.tsx';
import { Picture } from '../ui/picture.tsx';
import { usePrefs } from '../ui/prefs.ts';
import { Table } from '../ui/table.tsx';
import { AgentLink, Safe, Time } from '../ui/text.tsx';
import { AxisLines, UseMark } from './axis.tsx';
import type { Lane, Story, Use } from './story.ts';
import { clusters, labelOf, type TimeAxis, timeAxis } from './time-axis.ts';

const LANE_PX = 40;
const LABEL_PX = 190;
const TOP_PX = 22;
const LANES_MAX = 30;

/** Who used the credential from where and when, and how it ended: replay is two lanes at once, proof is a row of crosses. */
export function StoryPicture({ story, drawn, total }: { story: Story; drawn: number; total: number }): ReactNode {
  const lanes = story.lanes.slice(0, LANES_MAX);
  const says = (total > drawn ? `The newest ${drawn} of ${total}: ` : '') + sayStory(story);
  return (
    <Picture
      title="Uses of the credential"
      says={says}
      height_min={TOP_PX + lanes.length * LANE_PX + 26}
      draw={(width) => <Drawing story={story} lanes={lanes} width={width} says={says} />}
      table={<UsesTable story={story} />}
      legend={
        <>
          <span>● served</span>
          <span className="tone-bad">✗ refused</span>
          <span className="tone-wait">△ error</span>
          <span>◯ evidence</span>
          {story.overlaps.length > 0 ? <span className="tone-bad">▨ two at once</span> : null}
          {story.revoked_at === undefined ? null : <span className="tone-good">░ after the revocation</span>}
        </>
      }
    />
  );
}

function sayStory({ lanes, overlaps, revoked_at, refused_after, used_after }: Story): string {
  const agents = countOf(
    lanes.map(({ agent }) => agent),
    'agent',
  );
  const places = countOf(
    lanes.map(({ place }) => place),
    'address',
  );
  const said = [`${agents}, ${places}${overlaps.length > 0 ? ', two at once' : ''}.`];
  if (lanes.length > LANES_MAX) said.push(`The first ${LANES_MAX} are drawn.`);
  if (revoked_at !== undefined)
    said.push(
      used_after > 0
        ? `After the revocation: ${refused_after} refused, ${used_after} still served.`
        : `After the revocation: ${refused_after} refused, none served.`,
    );
  return said.join(' ');
}

function countOf(names: readonly string[], what: string): string {
  const n = new Set(names.filter((name) => name !== '')).size;
  if (n === 0) return `no ${what} named`;
  return n === 1 ? `1 ${what}` : `${n} ${what}${what.endsWith('s') ? 'es' : 's'}`;
}

interface DrawingProps {
  story: Story;
  lanes: Lane[];
  width: number;
  says: string;
}

function Drawing({ story, lanes, width, says }: DrawingProps): ReactNode {
  const { zone } = usePrefs();
  const axis = timeAxis(story.times, LABEL_PX + 14, width - 32);
  const bottom = TOP_PX + lanes.length * LANE_PX;
  const yOf = new Map(lanes.map(({ key }, i) => [key, TOP_PX + i * LANE_PX]));
  return (
    <svg width={width} height={bottom + 22} role="img" aria-label={says}>
      <defs>
        <pattern id="replay" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="hatch" width="2" height="6" />
        </pattern>
      </defs>
      {story.revoked_at === undefined ? null : (
        <rect
          className="after-revoke"
          x={axis.x(story.revoked_at)}
          y={TOP_PX}
          width={Math.max(0, width - axis.x(story.revoked_at))}
          height={bottom - TOP_PX}
        />
      )}
      <AxisLines axis={axis} top={TOP_PX} bottom={bottom} zone={zone} />
      {story.overlaps.map(({ from, to, lanes: [a, b] }) => {
        const [ya, yb] = [yOf.get(a), yOf.get(b)];
        if (ya === undefined || yb === undefined) return null;
        const x = axis.x(from) - 6;
        const top = Math.min(ya, yb) + 4;
        return (
          <rect
            key={`${a} ${b}`}
            fill="url(#replay)"
            x={x}
            y={top}
            width={axis.x(to) - x + 6}
            height={Math.abs(ya - yb) + LANE_PX - 8}
          />
        );
      })}
      {lanes.map((lane, i) => (
        <LaneRow key={lane.key} lane={lane} y={TOP_PX + i * LANE_PX} axis={axis} width={width} zone={zone} />
      ))}
      <StepLines steps={story.steps} axis={axis} bottom={bottom} />
    </svg>
  );
}

function LaneRow({
  lane,
  y,
  axis,
  width,
  zone,
}: {
  lane: Lane;
  y: number;
  axis: TimeAxis;
  width: number;
  zone: 'utc' | 'local';
}) {
  const middleY = y + LANE_PX / 2;
  return (
    <g className="lane">
      <line className="lane-line" x1={0} x2={width} y1={y + LANE_PX} y2={y + LANE_PX} />
      <text className="lane-name" x={4} y={middleY - 3}>
        {lane.agent === '' ? '(no agent named)' : middle(lane.agent, 26)}
      </text>
      <text className="lane-place" x={4} y={middleY + 12}>
        {lane.place === '' ? 'address not reported' : middle(lane.place, 30)}
      </text>
      <line className="lane-span" x1={axis.x(lane.first)} x2={axis.x(lane.last)} y1={middleY} y2={middleY} />
      {lane.uses.map((use) => (
        <g key={`${use.call.producer} ${use.call.event_id}`}>
          {use.is_evidence ? <circle className="evidence-ring" cx={axis.x(use.at)} cy={middleY} r={8} /> : null}
          {use.is_after_revoke ? <circle className="alarm-ring" cx={axis.x(use.at)} cy={middleY} r={11} /> : null}
          <UseMark x={axis.x(use.at)} y={middleY} outcome={use.outcome} title={sayUse(use, zone)} />
        </g>
      ))}
    </g>
  );
}

function sayUse({ at, call, outcome, is_evidence }: Use, zone: 'utc' | 'local'): string {
  const what = [call.tool_name, call.target].filter((part) => part !== undefined).join(' → ') || call.kind;
  return `${clock(at, zone, true)} ${brief(what, 120)}: ${outcome}${is_evidence ? ', evidence' : ''}`;
}

const LABEL_CHAR_PX = 6.6;

/** What Tripline did, over all lanes; steps that are close share one label. */
function StepLines({ steps, axis, bottom }: { steps: Story['steps']; axis: TimeAxis; bottom: number }): ReactNode {
  const placed = steps.map((step) => ({ ...step, x: axis.x(step.at) }));
  const right = (axis.stretches.at(-1)?.x1 ?? 0) + 28;
  return (
    <g className="steps">
      {placed.map(({ x, label, at }) => (
        <line
          key={`${label} ${at}`}
          className={`step step-${label.replace(' ', '-')}`}
          x1={x}
          x2={x}
          y1={TOP_PX - 6}
          y2={bottom}
        />
      ))}
      {clusters(placed, LABEL_CHAR_PX).map((group) => {
        const x = group[0]!.x;
        const text = labelOf(group);
        // What would run over the edge ends there.
        const isRight = x + text.length * LABEL_CHAR_PX > right;
        return (
          <text
            key={x}
            className="step-label"
            x={isRight ? right : x}
            y={TOP_PX - 9}
            textAnchor={isRight ? 'end' : 'start'}
          >
            {text}
          </text>
        );
      })}
    </g>
  );
}

function UsesTable({ story }: { story: Story }): ReactNode {
  const rows = story.lanes.flatMap(({ uses }) => uses).sort((a, b) => a.at - b.at);
  return (
    <Table
      caption="Uses of the credential"
      rows={rows}
      rowKey={({ call }) => `${call.producer} ${call.event_id}`}
      columns={[
        { name: 'Time', cell: ({ at }) => <Time at={at} ms /> },
        { name: 'Agent', cell: ({ call }) => <AgentLink id={call.agent_id ?? ''} /> },
        { name: 'From', cell: ({ call }) => <Safe text={call.source_ip ?? ''} /> },
        { name: 'What', cell: ({ call }) => <Safe text={call.tool_name ?? call.kind} /> },
        { name: 'Outcome', cell: ({ call }) => <OutcomeMark value={call.outcome} status={call.error_status} /> },
        { name: 'Evidence', cell: ({ is_evidence }) => (is_evidence ? 'yes' : '') },
      ]}
    />
  );
}
