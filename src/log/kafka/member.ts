import kafkajs from 'kafkajs';
import { TriplineError } from '../../errors.ts';
import { createBell } from '../bell.ts';
import { assign } from './assign.ts';
import type { Broker, Client, Cluster } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { fromKafka, isType } from './errors.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** One process in a consumer group: which partitions of a topic are its own. */
export interface Member {
  /** Asks the brokers whether we are still of the group as it is. @throws TriplineError TRIPLINE_PARTITION_LOST */
  verify(): Promise<void>;
  /** Has the partitions shared out anew. */
  rejoin(): void;
  /** Rejects when the brokers refuse us. Resolves after leave. */
  readonly ended: Promise<void>;
  leave(): Promise<void>;
}

export interface MemberOptions {
  client: Client;
  config: KafkaConfig;
  groupId: string;
  /** The topic's full name, and how many partitions it has. */
  name: string;
  partitions: number;
  owned(): readonly number[];
  /** Called with all that is ours, after each rebalance. */
  assigned(partitions: readonly number[]): void;
  /** The member that this process was before it died: taking its place spares the group a wait for it. */
  formerId: string;
  /** Keeps our id for the process that comes after this one. */
  keepId(id: string): void;
}

const PROTOCOL = 'tripline-sticky';
const VERSION = 1;
const RETRY_MS = 500;
/** Heartbeats in the time after which a silent member is taken for dead. */
const BEATS = 10;

interface Membership {
  id: string;
  generation: number;
}

/** Joins, and keeps its place until it leaves. */
export async function joinGroup(options: MemberOptions): Promise<Member> {
  const { client, config, groupId } = options;
  const cluster = await client.cluster([options.name]);
  const bell = createBell();
  const now: Membership = { id: options.formerId, generation: -1 };
  let left = false;
  let again = false;

  /** What was ours was given to others meanwhile: we come as somebody new, who has nothing. */
  const expelled = () => {
    if (now.generation >= 0) options.assigned([]);
    now.id = '';
    now.generation = -1;
  };
  const beat = async () => {
    const broker = await cluster.findGroupCoordinator({ groupId });
    await broker.heartbeat({ groupId, groupGenerationId: now.generation, memberId: now.id });
  };
  const serve = async () => {
    await join(cluster, now, options);
    again = false;
    while (!left && !again) {
      await bell.wait(config.session_ms / BEATS);
      if (!left && !again) await beat();
    }
  };
  const run = async () => {
    while (!left) {
      try {
        await serve();
      } catch (error) {
        if (left) return;
        if (isType(error, 'UNKNOWN_MEMBER_ID')) expelled();
        else if (!isType(error, 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION')) {
          const ours = fromKafka(error);
          if (!(ours instanceof TriplineError && ours.retriable)) throw ours;
          await bell.wait(RETRY_MS);
        }
      }
    }
  };
  return {
    ended: run(),
    async verify() {
      try {
        await beat();
      } catch (error) {
        // A group that is being shared out anew still has us: the partition is ours until it is told otherwise.
        if (isType(error, 'REBALANCE_IN_PROGRESS')) return;
        if (!isType(error, 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION')) throw error;
        throw new TriplineError('TRIPLINE_PARTITION_LOST', `The group ${groupId} goes on without this process`);
      }
    },
    rejoin() {
      again = true;
      bell.ring();
    },
    async leave() {
      left = true;
      bell.ring();
      // On a connection of its own: a join may be waiting on the other one.
      await leaveGroup(client, groupId, now.id).catch(() => {});
      await cluster.disconnect();
    },
  };
}

async function leaveGroup(client: Client, groupId: string, memberId: string): Promise<void> {
  if (memberId === '') return;
  const cluster = await client.cluster([]);
  try {
    await (await cluster.findGroupCoordinator({ groupId })).leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
}

async function join(cluster: Cluster, now: Membership, options: MemberOptions): Promise<void> {
  const { config, groupId, name } = options;
  const broker = await cluster.findGroupCoordinator({ groupId });
  const userData = Buffer.from(JSON.stringify(now.generation < 0 ? [] : options.owned()));
  const joined = await broker.joinGroup({
    groupId,
    sessionTimeout: config.session_ms,
    rebalanceTimeout: config.session_ms,
    memberId: now.id,
    groupProtocols: [
      { name: PROTOCOL, metadata: MemberMetadata.encode({ version: VERSION, topics: [name], userData }) },
    ],
  });
  if (joined.memberId !== now.id) options.keepId(joined.memberId);
  now.id = joined.memberId;
  now.generation = joined.generationId;
  const groupAssignment = joined.leaderId === joined.memberId ? share(joined.members, options) : [];
  const synced = await broker.syncGroup({
    groupId,
    generationId: now.generation,
    memberId: now.id,
    groupAssignment,
  });
  options.assigned(MemberAssignment.decode(synced.memberAssignment)?.assignment[name] ?? []);
}

type Joined = Awaited<ReturnType<Broker['joinGroup']>>;

function share(members: Joined['members'], { name, partitions }: MemberOptions) {
  const candidates = members.map(({ memberId, memberMetadata }) => ({ id: memberId, owned: ownedOf(memberMetadata) }));
  return [...assign(partitions, candidates)].map(([memberId, share]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: VERSION,
      assignment: { [name]: share },
      userData: Buffer.alloc(0),
    }),
  }));
}

/** What another member says of itself; whatever cannot be read is nothing. */
function ownedOf(metadata: Buffer): number[] {
  try {
    const owned: unknown = JSON.parse(`${MemberMetadata.decode(metadata)?.userData}`);
    return Array.isArray(owned) ? owned.filter(Number.isSafeInteger) : [];
  } catch {
    return [];
  }
}
