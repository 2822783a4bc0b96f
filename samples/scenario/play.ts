import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createDoorReporter, type Delivery, type DoorReporter, NOTHING, sum } from '../door/reporter.ts';
import type { SandboxHandle } from '../sandbox/start.ts';
import { Agent } from './agent.ts';
import { FLEET } from './fleet.ts';
import { type Forgery, forge, VICTIM } from './forgery.ts';
import type { AttackId, Role } from './role.ts';
import type { Step, World } from './world.ts';

export interface ScenarioOptions {
  /** Address of Tripline's door, for example `http://127.0.0.1:4318`. */
  ingestUrl: string;
  /** API keys of the producers that report; without one the door decides who is speaking. */
  keys?: { agents?: string; gateway?: string; contractor?: string };
  sandbox: SandboxHandle;
  /** Same seed, same steps of every agent. */
  seed?: number;
  /** Factor of all pauses: 1 plays for people, in about 20 s. */
  pace?: number;
  onStep?: (step: Step) => void;
  signal?: AbortSignal;
}

export interface AttackResult {
  id: string;
  detector: AttackId;
  agent_id: string;
  /** The handle of the token of the attack. */
  token_id: string;
  session: string;
  /** True when the token was refused before the attacker gave up. */
  stopped: boolean;
}

export interface HonestResult {
  agent_id: string;
  token_ids: string[];
  /** Calls refused because a token was dead: 0 unless somebody took it away. */
  refused_calls: number;
}

export interface DrillResult extends HonestResult {
  /** True when its token worked at the end. */
  resumed: boolean;
}

export interface ScenarioResult {
  attacks: AttackResult[];
  honest: HonestResult[];
  /** Looked like an attack and was none. */
  drills: DrillResult[];
  /** What somebody made up about an honest agent. */
  forgeries: Forgery[];
  /** Events that the door took, from agents and gateway. */
  events: number;
  rejected: number;
  lost: number;
  /** Raw tokens and secrets of this run, for those who search for them. Never print them. */
  secrets: string[];
}

/**
 * Plays the fleet's day against the sandbox and the door, and resolves when everybody is done and everything is reported.
 * Rejects with the signal's reason when it is stopped.
 */
export async function playScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { ingestUrl, keys, sandbox } = options;
  const target = { ingestUrl, key: keys?.agents };
  const reporters = {
    events: createDoorReporter({ target }),
    otlp: createDoorReporter({ target, form: 'otlp' }),
  };
  await sandbox.reportTo({ ingestUrl, key: keys?.gateway });
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  // Every agent waits on it, and those who wait for an answer too.
  setMaxListeners(4 * (FLEET.length + 1), signal);
  const world = createWorld(options, reporters, signal);
  const agents = FLEET.map((role) => new Agent(role, world));
  const contractor = createDoorReporter({ target: { ingestUrl, key: keys?.contractor } });
  const victim = agents.find(({ role }) => role.id === VICTIM)!;
  let forgeries: Forgery[];
  try {
    [, forgeries] = await Promise.all([
      Promise.all(agents.map(workFrom)),
      forge(world, victim, contractor.push).then((forgery) => [forgery]),
    ]);
  } catch (error) {
    // One that fails, for example because the sandbox died, stops the others.
    failed.abort(error);
    throw options.signal?.aborted ? options.signal.reason : error;
  }
  const doors = [reporters.events, reporters.otlp, contractor, sandbox];
  const told = await Promise.all(doors.map((door) => door.drain()));
  return resultOf(agents, forgeries, told.reduce(sum, NOTHING), sandbox);
}

type Reporters = Record<'events' | 'otlp', DoorReporter>;

function createWorld(options: ScenarioOptions, reporters: Reporters, signal: AbortSignal): World {
  return {
    sandbox: options.sandbox,
    run: randomBytes(4).toString('hex'),
    seed: options.seed ?? 1,
    pace: options.pace ?? 1,
    signal,
    report: (role, event) => reporters[role.reports ?? 'events'].push(event),
    onStep: options.onStep ?? (() => {}),
  };
}

async function workFrom(agent: Agent): Promise<void> {
  await agent.pause(agent.role.starts_ms);
  await agent.role.work(agent);
  agent.endSession();
}

function resultOf(
  agents: readonly Agent[],
  forgeries: Forgery[],
  delivery: Delivery,
  sandbox: SandboxHandle,
): ScenarioResult {
  const tokens = agents.flatMap(({ identity }) => identity.tokens.map(({ access_token }) => access_token));
  return {
    attacks: agents.flatMap((agent) => (agent.role.attack === undefined ? [] : [attackOf(agent, agent.role.attack)])),
    honest: agents.flatMap((agent) => (isHonest(agent.role) ? [honestOf(agent)] : [])),
    drills: agents.flatMap((agent) => (agent.role.drill ? [{ ...honestOf(agent), resumed: agent.resumed }] : [])),
    forgeries,
    events: delivery.accepted,
    rejected: delivery.rejected,
    lost: delivery.lost,
    secrets: [...new Set([...tokens, ...forgeries.map(({ token }) => token), ...sandbox.secrets])],
  };
}

function isHonest(role: Role): boolean {
  return role.attack === undefined && role.drill === undefined;
}

function attackOf({ role, identity, attack }: Agent, detector: AttackId): AttackResult {
  return {
    id: `attack-${detector}`,
    detector,
    agent_id: role.id,
    token_id: attack?.token.token_id ?? '',
    session: identity.session,
    stopped: attack?.stopped ?? false,
  };
}

function honestOf({ role, identity, refused }: Agent): HonestResult {
  return {
    agent_id: role.id,
    token_ids: identity.tokens.map(({ token_id }) => token_id),
    refused_calls: refused,
  };
}
