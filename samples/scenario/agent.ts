import { setTimeout as delay } from 'node:timers/promises';
import type { PostedEvent } from '../../src/event/event.ts';
import { type ClientLogin, requestToken, revokeToken, type TokenAnswer } from '../sandbox/issuer-client.ts';
import { errorFields, outcomeOf } from '../sandbox/outcome.ts';
import { type Fields, Identity } from './identity.ts';
import { createRandom } from './random.ts';
import type { Role } from './role.ts';
import { type Reply, send } from './send.ts';
import { type Args, requestOf, TOOLS, type ToolName } from './tools.ts';
import type { Step, World } from './world.ts';

export interface TaskOptions {
  /** What the user asked for, in the user's words. */
  request: string;
  /** The declared scope of the task, where the platform declares one. */
  tools?: readonly ToolName[];
  targets?: readonly string[];
}

export interface Attack {
  token: TokenAnswer;
  session: string;
  /** True once the token was refused. */
  stopped: boolean;
}

/** One agent at work: it holds real tokens, calls the resource API with them, and reports what it did. */
export class Agent {
  readonly role: Role;
  readonly identity: Identity;
  /** 0 to 1, seeded. */
  readonly random: () => number;
  /** The attack that it made or suffered; undefined until then. */
  attack: Attack | undefined;
  /** Calls refused because a token was dead. */
  refused = 0;
  /** Whether the last call was let in. */
  resumed = false;
  readonly #world: World;
  readonly #login: ClientLogin;
  #address: string;

  constructor(role: Role, world: World) {
    this.role = role;
    this.identity = new Identity(role, world);
    this.random = createRandom(world.seed, role.id);
    this.#world = world;
    this.#login = { client_id: role.id, client_secret: world.sandbox.clientSecrets[role.id] ?? '' };
    this.#address = role.address;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  async pause(ms: number): Promise<void> {
    const { pace, signal } = this.#world;
    await delay(Math.round(ms * pace * (0.8 + 0.4 * this.random())), undefined, { signal });
  }

  /** Starts a task with a token of its own. */
  async startTask({ request, tools, targets }: TaskOptions): Promise<void> {
    if (this.identity.token === undefined)
      this.#tell('lifecycle', { lifecycle: this.role.parent === undefined ? 'session_started' : 'delegation' });
    this.identity.nextTask();
    await this.#obtainToken();
    const scope = { ...(tools && { scope_tools: [...tools] }), ...(targets && { scope_targets: [...targets] }) };
    this.#tell('lifecycle', { lifecycle: 'task_started', request, ...scope });
    this.#step(`task: ${request}`);
    await this.pause(150);
  }

  /** Ends the task and retires its token. */
  async endTask(): Promise<void> {
    await this.pause(150);
    this.#tell('lifecycle', { lifecycle: 'task_ended' });
    await revokeToken(this.#world.sandbox.issuerUrl, this.#login, this.identity.token!.access_token);
    this.#step('task done');
  }

  endSession(): void {
    this.#tell('lifecycle', {
      lifecycle: 'session_ended',
      task: undefined,
      token: undefined,
      credential_handles: undefined,
    });
  }

  async call(tool: ToolName, args: Args, more: Partial<Fields<'tool_call'>> = {}): Promise<Reply> {
    const held = this.identity.token!;
    const request = requestOf(tool, args);
    const reply = await this.#send(held, request, { address: this.#address, client: this.role.client });
    if (reply.status === 401) this.refused += 1;
    this.resumed = reply.status !== 401;
    const outcome = outcomeOf(reply.status);
    this.#tell('tool_call', {
      tool_name: tool,
      tool_server: TOOLS[tool].service,
      target: request.target,
      args,
      result: reply.body,
      outcome,
      ...errorFields(reply.status),
      ...more,
    });
    this.#step(`${tool} ${request.target}`, outcome);
    return reply;
  }

  /** Calls again after the pause that the service asks for, longer each time. */
  async callPatiently(tool: ToolName, args: Args, attempts_max = 5): Promise<Reply> {
    let reply = await this.call(tool, args);
    for (let attempt = 1; attempt < attempts_max && (reply.status === 429 || reply.status === 503); attempt += 1) {
      await this.pause(Math.max(reply.retry_after_ms, 250 * 2 ** attempt));
      reply = await this.call(tool, args);
    }
    return reply;
  }

  /** Spends model tokens. */
  async think(tokens_in: number): Promise<void> {
    await this.pause(200);
    const tokens_out = 40 + Math.floor(this.random() * 400);
    const cost_usd = (tokens_in + 4 * tokens_out) * 2e-6;
    this.#tell('model_usage', { model: this.role.model, tokens_in, tokens_out, cost_usd });
  }

  /** A new token for the same task. Returns the one before, which still works. */
  async renewToken(): Promise<TokenAnswer> {
    const before = this.identity.token!;
    await this.#obtainToken();
    this.#tell('lifecycle', { lifecycle: 'credential_rotated', ...this.identity.presented(before) });
    this.#step('token renewed');
    return before;
  }

  async retireToken(token: TokenAnswer): Promise<void> {
    await revokeToken(this.#world.sandbox.issuerUrl, this.#login, token.access_token);
    this.#tell('lifecycle', { lifecycle: 'credential_revoked', ...this.identity.presented(token) });
  }

  /** Goes on as another copy on another node, with the token it has. */
  async moveTo(address: string): Promise<void> {
    this.#step(`moves from ${this.#address} to ${address}`);
    await this.pause(900);
    this.#address = address;
    this.identity.becomeInstance();
    this.#tell('lifecycle', { lifecycle: 'session_started' });
  }

  /** Marks the current token as the one of the attack. */
  beginAttack(): Attack {
    this.attack = { token: this.identity.token!, session: this.identity.session, stopped: false };
    return this.attack;
  }

  /** Uses the token of the attack from somewhere else, as somebody who copied it. Only the gateway sees that. */
  async replay(from: { address: string; client: string }, tool: ToolName, args: Args): Promise<Reply> {
    const request = requestOf(tool, args);
    const reply = await this.#send(this.attack!.token, request, from);
    this.#step(`somebody at ${from.address}: ${tool} ${request.target}`, outcomeOf(reply.status));
    return reply;
  }

  /** An old token of the same agent, during the overlap of a rotation. */
  async callWith(token: TokenAnswer, tool: ToolName, args: Args): Promise<Reply> {
    const current = this.identity.token!;
    this.identity.hold(token);
    const reply = await this.call(tool, args);
    this.identity.hold(current);
    return reply;
  }

  async #send(token: TokenAnswer, request: ReturnType<typeof requestOf>, from: { address: string; client: string }) {
    const reply = await send(this.#world, request, { token: token.access_token, ...from });
    if (reply.status === 401 && this.attack?.token === token) this.attack.stopped = true;
    return reply;
  }

  async #obtainToken(): Promise<void> {
    this.identity.hold(await requestToken(this.#world.sandbox.issuerUrl, this.#login, this.role.scope));
    this.#tell('lifecycle', { lifecycle: 'credential_issued' });
  }

  #tell<K extends PostedEvent['kind']>(kind: K, fields: Fields<K>): void {
    this.#world.report(this.role, this.identity.event(kind, fields));
  }

  #step(text: string, outcome: Step['outcome'] = 'ok'): void {
    const attack = this.attack === undefined ? {} : { attack: this.role.attack! };
    this.#world.onStep({ time: Date.now(), agent_id: this.role.id, ...attack, text, outcome });
  }
}
