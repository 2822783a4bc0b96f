/** How the load is made; the same options give the same events. */
export interface LoadOptions {
  events: number;
  seed?: number;
  agents?: number;
  /** Events a second of event time. */
  rate?: number;
  /** Events are up to this much older than their place says. */
  skew_ms?: number;
}

const T0 = Date.UTC(2026, 0, 1);
const TOOLS = 200;
const TARGETS = 3000;
/** Beyond the one of each agent: some have two. */
const SPARE_CREDENTIALS = 2000;
const CLASSES = ['read', 'read', 'read', 'read', 'execute', 'other', 'other', 'write', 'send', 'read'];
/** Attackers of each pattern. */
const ATTACKERS_SHARE = 0.005;

type Random = () => number;

export interface Act {
  tool?: number;
  target?: number;
  outcome?: string;
  source?: { ip: string; asn: number };
  session?: string;
}

interface Agent {
  id: string;
  tools: number[];
  targets: number[];
  source: { ip: string; asn: number };
  credentials: string[];
  sessions: number;
}

/**
 * Events as they are posted, one JSON text each, about 650 bytes: 10,000 agents with a zipf popularity at work with their usual tools and targets,
 * and four attack patterns in half a percent of them: storms of failures, sideways moves over ten targets, read-execute-send chains, and a
 * credential that is used from another network. Deterministic.
 */
export function* generate(options: LoadOptions): Generator<string> {
  const { events, seed = 42, agents = 10_000, rate = 20_000, skew_ms = 500 } = options;
  const random = randomOf(seed);
  const fleet = Array.from({ length: agents }, (_, i) => agentOf(i, agents, random));
  const pick = zipf(agents, random);
  const planned = plan(events, fleet.length, rate, random);
  let next = 0;
  for (let i = 0; i < events; i++) {
    const attack = next < planned.length && planned[next]!.at <= i ? planned[next++] : undefined;
    const agent = fleet[attack?.agent ?? pick()]!;
    const time = T0 + Math.floor((i / rate) * 1000) - Math.floor(random() * (skew_ms + 1));
    yield textOf(i, time, agent, attack?.act ?? {}, random);
  }
}

function agentOf(i: number, agents: number, random: Random): Agent {
  // Some may execute and never send, the others may send and never execute: only an attack does both.
  const barred = random() < 0.4 ? 'execute' : 'send';
  const usable = Array.from({ length: TOOLS }, (_, tool) => tool).filter((tool) => CLASSES[tool % 10] !== barred);
  const some = (count: number, from: (n: number) => number) => Array.from({ length: count }, () => from(random()));
  const spare = random() < SPARE_CREDENTIALS / agents ? [`sha256:${hex(i + agents, 16)}`] : [];
  return {
    id: `agent-${String(i).padStart(5, '0')}`,
    tools: some(4 + Math.floor(random() * 4), (n) => usable[Math.floor(n * usable.length)]!),
    targets: some(1 + Math.floor(random() * 7), (n) => Math.floor(n * TARGETS)),
    source: { ip: `10.${i >> 8}.${i & 255}.${1 + Math.floor(random() * 254)}`, asn: 1000 + Math.floor(random() * 400) },
    credentials: [`sha256:${hex(i, 16)}`, ...spare],
    sessions: 0,
  };
}

interface Planned {
  at: number;
  agent: number;
  act: Act;
}

/** The attacks by the number of the event in whose place they come. */
function plan(events: number, agents: number, rate: number, random: Random): Planned[] {
  const all: Planned[] = [];
  const count = Math.max(1, Math.floor(agents * ATTACKERS_SHARE * Math.min(1, events / 500_000)));
  const at = (start: number, seconds: number) => Math.floor(start + seconds * rate);
  for (let n = 0; n < count; n++) {
    const agent = () => Math.floor(random() * agents);
    const start = () => random() * events * 0.8;
    const [stormer, storm, tool] = [agent(), start(), Math.floor(random() * TOOLS)];
    for (let j = 0; j < 12; j++)
      all.push({ at: at(storm, j * 0.5), agent: stormer, act: { tool, outcome: j % 3 === 2 ? 'denied' : 'error' } });
    const [mover, move, first] = [agent(), start(), Math.floor(random() * (TARGETS - 80))];
    for (let j = 0; j < 10; j++) all.push({ at: at(move, j * 0.9), agent: mover, act: { target: first + 7 * j } });
    const [chainer, chain, session] = [agent(), start(), `chain-${n}`];
    for (const [j, each] of [0, 5, 4, 5, 8].entries())
      all.push({ at: at(chain, j * 1.2), agent: chainer, act: { tool: each, session } });
    const [victim, replay, source] = [agent(), start(), { ip: `203.0.113.${1 + (n % 250)}`, asn: 60_000 + n }];
    for (let j = 0; j < 5; j++) all.push({ at: at(replay, j * 1.5), agent: victim, act: { source } });
  }
  return all.filter((one) => one.at < events).sort((a, b) => a.at - b.at);
}

function textOf(i: number, time: number, agent: Agent, act: Act, random: Random): string {
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const tool = act.tool ?? any(agent.tools);
  const u = random();
  const outcome = act.outcome ?? (u < 0.01 ? 'error' : u < 0.013 ? 'denied' : 'ok');
  const target = act.target ?? any(agent.targets);
  if (i % 40 === 0) agent.sessions += 1;
  const source = act.source ?? agent.source;
  const error =
    outcome === 'ok'
      ? ''
      : `"error_type":"${outcome === 'error' ? 'upstream' : 'policy'}","error_status":${outcome === 'error' ? 502 : 403},`;
  return (
    `{"kind":"tool_call","event_id":"evt_${hex(i, 16)}","time":"${new Date(time).toISOString()}","tenant":"t-${Number(agent.id.slice(6)) % 50}",` +
    `"agent_id":"${agent.id}","agent_name":"worker","agent_instance":"i-${agent.id.slice(6)}-1","agent_parent":"orchestrator",` +
    `"session":"${act.session ?? `s-${agent.id.slice(6)}-${agent.sessions}`}","task":"task-${agent.sessions}","workload":"spiffe://corp/sa/worker",` +
    `"user":"user-${Number(agent.id.slice(6)) % 2000}","credential":"${any(agent.credentials)}","tool_name":"tool_${tool}","tool_server":"mcp-${tool % 23}",` +
    `"tool_class":"${CLASSES[tool % 10]}","target":"https://api${target % 61}.corp/r/${target}","args":{"id":${i},"name":"record-${target}"},` +
    `"outcome":"${outcome}",${error}"source_ip":"${source.ip}","source_asn":${source.asn},"source_country":"DE","user_agent":"sdk/1.4",` +
    `"trace_id":"${hex(i, 32)}","span_id":"${hex(i * 7, 16)}"}`
  );
}

const hex = (n: number, length: number) => (n + 0x1_0000_0000).toString(16).padStart(length, '5');

/** mulberry32 */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ranks by 1/k: the first agent does a tenth of everything. */
function zipf(n: number, random: Random): () => number {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let k = 0; k < n; k++) {
    sum += 1 / (k + 1);
    sums[k] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
