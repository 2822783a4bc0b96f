import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import { LogConfig } from '../log/config.ts';
import type { Log } from '../log/log.ts';
import { createMemoryDisk, type MemoryDisk } from '../log/memory-disk.ts';
import { type Fate, openMemoryLog } from '../log/memory-log.ts';
import type { Order, OrderState } from '../order/order.ts';
import { RespondConfig } from './config.ts';
import { allowed } from './machine.ts';
import { loadPolicy } from './policy.ts';
import { type Respond, startRespond } from './respond.ts';
import { loadReceivers } from './revokers/index.ts';
import { closing, receive } from './revokers/testing.ts';
import { alertOf, eventOf, histories, NOW, notices, observe, ordersDeps, raise } from './testing.ts';

const SECRET = `whsec_${Buffer.from('the secret of the simulation, 32').toString('base64')}`;
process.env.SIMULATION_SECRET = SECRET;

/** What each receiver does about each credential, and how its order has to end, whatever is interrupted. */
type Does = 'accepts' | 'is busy' | 'refuses';
const STORY: Record<string, { rule?: string; first?: Does; second?: Does; later?: 'denied' | 'ok'; ends: string }> = {
  plain: { first: 'accepts', ends: 'accepted first' },
  twice: { first: 'accepts', ends: 'accepted first' },
  busy: { first: 'is busy', ends: 'accepted first' },
  refused: { first: 'refuses', second: 'accepts', ends: 'accepted second' },
  hopeless: { first: 'refuses', second: 'refuses', ends: 'irrevocable second' },
  proven: { first: 'accepts', later: 'denied', ends: 'confirmed first' },
  alive: { first: 'accepts', second: 'is busy', later: 'ok', ends: 'accepted second' },
  undying: { first: 'accepts', second: 'refuses', later: 'ok', ends: 'irrevocable second' },
  approved: { rule: 'approve', ends: 'held' },
  watched: { rule: 'observe', ends: 'observed' },
  one: { rule: 'capped', first: 'accepts', ends: 'accepted first' },
  two: { rule: 'capped', first: 'is busy', ends: 'accepted first' },
  three: { rule: 'capped', ends: 'held' },
};

const POLICY = loadPolicy(`
version: 1
defaults: { mode: enforce, receivers: [first, second], caps: { fleet_orders_min: 1000 } }
rules:
  - { name: approve, match: { detector: approve }, mode: approve }
  - { name: observe, match: { detector: observe }, mode: observe }
  - { name: capped, match: { detector: capped }, caps: { orders_max: 2 } }
  - { name: rest }
`);

const keep = closing();

/** A number in [0, 1) that only its names decide: what is interrupted does not depend on who is faster. */
function chance(...names: (string | number)[]): number {
  return createHash('sha1').update(names.join('/')).digest().readUInt32BE(0) / 2 ** 32;
}

interface World {
  seed: number;
  /** Share of steps at which the process dies. */
  trouble: number;
  disk: MemoryDisk;
  now: number;
  lives: number;
  /** The process is dead: nothing that it still does becomes durable. */
  dead: boolean;
  /** Webhook ids that were acted on, by receiver and credential. */
  acted: Map<string, Set<string>>;
  url: string;
}

async function worldOf(seed: number, trouble: number): Promise<World> {
  const disk = createMemoryDisk();
  const world: World = { seed, trouble, disk, now: NOW, lives: 0, dead: false, acted: new Map(), url: '' };
  const deliveries = new Map<string, number>();
  const { url } = keep(
    await receive(({ path, body, headers }, response) => {
      const { data } = new Webhook(SECRET).verify(body, headers) as { data: { target: string } };
      const receiver = path.slice(1) as 'first' | 'second';
      const name = data.target.slice('jwt:'.length);
      const place = `${receiver} ${name}`;
      const delivery = (deliveries.get(place) ?? 0) + 1;
      deliveries.set(place, delivery);
      const dies = (when: string) => {
        if (chance(seed, place, delivery, when) >= trouble) return false;
        world.dead = true;
        response.destroy();
        return true;
      };
      if (dies('before it acts')) return;
      const does = STORY[name]![receiver];
      if (does === 'is busy' && delivery < 3) return response.writeHead(503).end();
      if (does === 'refuses') return response.writeHead(403).end();
      world.acted.set(place, (world.acted.get(place) ?? new Set()).add(headers['webhook-id']!));
      if (!dies('after it acted')) response.end('{"status":"revoked"}');
    }),
  );
  return Object.assign(world, { url });
}

/** A process that may die at each write of the log, before it or after it. */
function dyingLog(world: World): Log {
  const life = ++world.lives;
  let writes = 0;
  world.dead = false;
  const fate = (): Fate => {
    if (world.dead) return 'lost';
    const drawn = chance(world.seed, 'write', life, ++writes);
    world.dead = drawn < world.trouble;
    return !world.dead ? 'answered' : drawn < world.trouble / 2 ? 'lost' : 'kept';
  };
  const read_bytes = chance(world.seed, 'batch', life) < 0.5 ? 1 : 1 << 20;
  return openMemoryLog({ disk: world.disk, clock: () => world.now, fate, config: LogConfig.parse({ read_bytes }) });
}

async function begin(world: World, log: Log): Promise<Respond | undefined> {
  const section = (path: string) => ({
    type: 'webhook',
    url: `${world.url}/${path}`,
    secrets: [{ env: 'SIMULATION_SECRET' }],
    allow_private: true,
  });
  const starting = startRespond({
    ...ordersDeps({ clock: () => world.now }),
    log,
    policy: POLICY,
    receivers: loadReceivers({ first: section('first'), second: section('second') }),
    // Few at once: of many open requests one nearly always ends the process, and nothing would ever get done.
    config: RespondConfig.parse({
      receiver_concurrency_max: 2,
      retry_front_ms: [0, 0, 1],
      retry_tail_ms: 1,
      retry_tail_max_ms: 100,
      close_ms: 0,
    }),
    credentialColumns: EVENT.columns,
  });
  return starting.catch((error: unknown) => {
    if (!world.dead) throw error;
    return undefined;
  });
}

/** Lives until nothing is left to do, starting again after each death. */
async function live(world: World): Promise<void> {
  do {
    const log = dyingLog(world);
    const respond = await begin(world, log);
    const busy = () => respond!.lag() > 0 || (respond!.status().orders.sent ?? 0) > 0;
    while (respond !== undefined && !world.dead && busy()) await delay(1);
    await respond?.close();
    await log.close();
  } while (world.dead);
}

/** Something that others write into the log while nobody listens. */
async function meanwhile<T>(world: World, act: (log: Log) => Promise<T>): Promise<T> {
  const log = openMemoryLog({ disk: world.disk, clock: () => world.now });
  const result = await act(log);
  await log.close();
  return result;
}

async function tell(world: World): Promise<void> {
  const names = Object.keys(STORY);
  await meanwhile(world, (log) =>
    raise(
      log,
      ...[...names, 'twice'].map((name, i) => {
        const subject = `jwt:${name}`;
        return alertOf({
          alert_id: `${name} ${i}`,
          detector: STORY[name]!.rule ?? 'rest',
          subject,
          credential: subject,
        });
      }),
    ),
  );
  await live(world);
  world.now += 3_600_000;
  const uses = names.flatMap((name) => {
    const { later } = STORY[name]!;
    if (later === undefined) return [];
    const said = later === 'ok' ? {} : { outcome: 'denied', error_status: 401, error_type: 'invalid_token' };
    return [eventOf({ event_id: `use of ${name}`, credential: `jwt:${name}`, time: world.now, ...said })];
  });
  await meanwhile(world, (log) => observe(log, ...uses));
  await live(world);
}

async function revokedIn(log: Log): Promise<string[]> {
  const found: string[] = [];
  for (const partition of [0, 1]) {
    const { next } = await log.bounds('events', partition);
    if (next === 0) continue;
    for (const { frame } of await log.read('events', partition, 0, 1 << 30)) {
      const cursor = rowsOf(EVENT, Frame.decode(frame));
      for (let i = 0; i < cursor.length; i++) found.push(copyRow(EVENT, cursor.seek(i)).credential);
    }
  }
  return found.map((credential) => credential.slice('jwt:'.length)).sort();
}

const ACTED = ['plain', 'twice', 'busy', 'proven', 'alive', 'undying', 'one', 'two'];

async function check(world: World): Promise<void> {
  const { orders, told, revoked } = await meanwhile(world, async (log) => ({
    orders: [...(await histories(log)).values()],
    told: await notices(log),
    revoked: await revokedIn(log),
  }));
  const ends = orders.map((rows) => {
    const { target, state, receiver } = rows.at(-1)!;
    return [target.slice('jwt:'.length), `${state} ${receiver}`.trim()];
  });
  expect(Object.fromEntries(ends)).toEqual(
    Object.fromEntries(Object.entries(STORY).map(([name, { ends }]) => [name, ends])),
  );
  expect(ends).toHaveLength(Object.keys(STORY).length);
  for (const rows of orders) expect(brokenSteps(rows)).toEqual([]);

  const expected = [...ACTED.map((name) => `first ${name}`), 'second refused', 'second alive'].sort();
  expect([...world.acted.keys()].sort()).toEqual(expected);
  for (const ids of world.acted.values()) expect(ids.size).toBe(1);
  expect(revoked).toEqual([...ACTED, 'refused'].sort());
  expect(told.map(({ reason, subject }) => `${reason} ${subject}`).sort()).toEqual([
    'cap jwt:three',
    'receivers_exhausted jwt:hopeless',
    'receivers_exhausted jwt:undying',
    'used_after_revocation jwt:alive',
    'used_after_revocation jwt:undying',
  ]);
}

/** Rows that do not follow the one before. */
function brokenSteps(rows: readonly Order[]): string[] {
  return rows.flatMap(({ seq, state }, i) => {
    const before = rows[i - 1]?.state as OrderState | undefined;
    return seq === i && allowed(before, state as OrderState) ? [] : [`${i}: ${before} to ${state} as ${seq}`];
  });
}

describe('alerts', () => {
  it('end as the story says when nothing is interrupted', async () => {
    const world = await worldOf(0, 0);
    await tell(world);
    expect(world.lives).toBe(2);
    await check(world);
  });

  it.each(Array.from({ length: 50 }, (_, i) => i + 1))(
    'end the same, and each order is acted on once, whenever the process dies (seed %i)',
    async (seed) => {
      const world = await worldOf(seed, [0.05, 0.15, 0.3][seed % 3]!);
      await tell(world);
      await check(world);
    },
  );
});
