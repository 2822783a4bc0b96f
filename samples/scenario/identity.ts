import { randomBytes } from 'node:crypto';
import type { PostedEvent } from '../../src/event/event.ts';
import type { TokenAnswer } from '../sandbox/issuer-client.ts';
import type { Role } from './role.ts';
import type { World } from './world.ts';

/** What an event says besides who is acting. */
export type Fields<K extends PostedEvent['kind']> = Partial<PostedEvent> &
  Omit<Extract<PostedEvent, { kind: K }>, 'kind' | 'agent_id'>;

/** Who is acting, and with what: the part that all events of an agent share. */
export class Identity {
  readonly session: string;
  /** All tokens it ever had. */
  readonly tokens: TokenAnswer[] = [];
  readonly #role: Role;
  readonly #world: World;
  #held: TokenAnswer | undefined;
  #tasks = 0;
  #instances = 1;
  #events = 0;

  constructor(role: Role, world: World) {
    this.#role = role;
    this.#world = world;
    this.session = `${role.id}-${world.run}`;
  }

  /** The token it works with. */
  get token(): TokenAnswer | undefined {
    return this.#held;
  }

  hold(token: TokenAnswer): void {
    this.#held = token;
    if (!this.tokens.includes(token)) this.tokens.push(token);
  }

  /** Becomes another running copy: after a move to another node. */
  becomeInstance(): void {
    this.#instances += 1;
  }

  nextTask(): void {
    this.#tasks += 1;
  }

  /** A token and the names by which its issuer knows it, as fields of an event. */
  presented({ access_token, token_id }: TokenAnswer) {
    const credential_handles = { iss: this.#world.sandbox.issuerUrl, client_id: this.#role.id, token_id };
    return { token: access_token, credential_handles };
  }

  /** An event of now, with the token it works with unless `fields` names another. */
  event<K extends PostedEvent['kind']>(kind: K, fields: Fields<K>): PostedEvent {
    this.#events += 1;
    const { id, name, parent, user } = this.#role;
    return {
      kind,
      event_id: `${this.session}-e${this.#events}`,
      time: new Date().toISOString(),
      agent_id: id,
      agent_name: name,
      agent_instance: `${this.session}-i${this.#instances}`,
      ...(parent === undefined ? {} : { agent_parent: parent }),
      session: this.session,
      ...(this.#tasks === 0 ? {} : { task: `${this.session}-t${this.#tasks}` }),
      workload: `spiffe://acme.example/agents/${id}`,
      user,
      trace_id: randomBytes(16).toString('hex'),
      span_id: randomBytes(8).toString('hex'),
      ...(this.#held === undefined ? {} : this.presented(this.#held)),
      ...fields,
    } as PostedEvent;
  }
}
