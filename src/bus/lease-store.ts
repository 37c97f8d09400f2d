// What nodes of a cluster know of each other, in Redis: who owns which shard and until when, who lives, how many shards
// there are. Every change is one script (scripts/), so it holds whatever others do meanwhile. Calls reject while Redis
// is away; whoever needs a lease has to live by its own clock then. Main thread only.
import type { Log } from "../telemetry/log.ts";
import { CLUSTER_KEY, NODES_KEY, shardGroup, shardKeys } from "./keys.ts";
import type { RedisAddress } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";
import { ACQUIRE_LEASE } from "./scripts/acquire-lease-2.ts";
import { HEARTBEAT } from "./scripts/heartbeat-1.ts";
import { LEAVE } from "./scripts/leave-1.ts";
import { MARK_FOLDER } from "./scripts/mark-folder-2.ts";
import { RELEASE_LEASE } from "./scripts/release-lease-1.ts";
import { RENEW_LEASE } from "./scripts/renew-lease-1.ts";
import { RESUME_LEASE } from "./scripts/resume-lease-2.ts";

export interface Lease {
  readonly shard: number;
  readonly epoch: number;
  readonly nodeId: string;
  /** host:port of the owner's gateway. */
  readonly address: string;
  /** The whole value of the lease. */
  readonly token: string;
}

/** Null: it is free; unknown: the master of a Redis Cluster that has it does not answer. */
export type SeenLease = Lease | null | "unknown";

/** What a node says of itself. */
export interface Member {
  /** Of this process: another one with the same id has another run. */
  readonly run: string;
  readonly id: string;
  readonly address: string;
  readonly version: string;
  /** Shards that it holds leases of. */
  readonly shards: readonly number[];
  /** Of these: the lease has run out and the part of Redis that has it gave no answer; it would go on with them. */
  readonly waiting?: readonly number[];
  /** Most shards that it takes. */
  readonly capacity: number;
  /** It hands over what it has and takes nothing. */
  readonly leaving: boolean;
  /** What it took has failed of late and it serves none. Nodes of earlier versions do not say it. */
  readonly failing?: boolean;
}
export type LivingMember = Member & {
  /** Of its last heartbeat, ms since 1970 by the clock of Redis. */
  readonly at: number;
};

/** Where a shard's streams stand. */
export interface ShardProgress {
  /** Id of the newest input entry; null: none ever. */
  readonly newest: string | null;
  /** Id of the newest input entry that the shard is done with; null: none yet. */
  readonly position: string | null;
  /** Entries that the owner has not been given yet; null: unknown. */
  readonly lag: number | null;
  /** Entries that were given out and not acknowledged. */
  readonly pending: number;
}

type Script = { readonly keys: number; readonly text: string };

/** Heartbeats older than this many lives are forgotten. */
const FORGET_LIVES = 30;

export class LeaseStore {
  /** Monotonic ms at which Redis, or some part of it, has answered last. */
  heardAt = -Infinity;
  private readonly link: RedisLink;
  private readonly lifeMs: number;

  constructor(address: RedisAddress, lifeMs: number, log: Log) {
    this.lifeMs = lifeMs;
    this.link = new RedisLink("leases", address, log, { onUp: () => undefined, onDown: () => undefined }, "parts");
  }

  get connected(): boolean {
    return this.link.up;
  }

  /** The new lease; null while somebody holds it. `known`: the highest epoch that the folder of the shard has. */
  async acquire(shard: number, nodeId: string, address: string, known: number): Promise<Lease | null> {
    const { lease, epoch } = shardKeys(shard);
    const given = await this.run(ACQUIRE_LEASE, [lease, epoch], [nodeId, address, this.lifeMs, known]);
    return typeof given === "string" ? leaseOf(shard, given) : null;
  }

  /** False: it is not ours any more. */
  async renew({ shard, token }: Lease): Promise<boolean> {
    return (await this.run(RENEW_LEASE, [shardKeys(shard).lease], [token, this.lifeMs])) === 1;
  }

  /**
   * As `renew`, and has a lease again that has ended, if nobody has had it since: for who has waited for an answer for so
   * long that it may have ended.
   */
  async resume({ shard, token, epoch: own }: Lease): Promise<boolean> {
    const { lease, epoch } = shardKeys(shard);
    return (await this.run(RESUME_LEASE, [lease, epoch], [token, this.lifeMs, own])) === 1;
  }

  async release({ shard, token }: Lease): Promise<void> {
    await this.run(RELEASE_LEASE, [shardKeys(shard).lease], [token]);
  }

  /** Newest epoch of a shard whose folder was complete; 0: none that Redis knows. */
  async folderOf(shard: number): Promise<number> {
    return Number((await this.link.redis.get(shardKeys(shard).folder)) ?? 0);
  }

  /** The folder of the lease's epoch is complete. False: the lease is not ours any more. */
  async markFolder({ shard, token, epoch }: Lease): Promise<boolean> {
    const { lease, folder } = shardKeys(shard);
    return (await this.run(MARK_FOLDER, [lease, folder], [token, epoch])) === 1;
  }

  /** Every shard's lease; what comes later than `patienceMs` is unknown. Rejects when none of them can be asked for. */
  async look(shards: number, patienceMs: number | null = null): Promise<readonly SeenLease[]> {
    const all = Array.from({ length: shards }, async (_, shard) => {
      const token = await soon(this.heard(this.link.redis.get(shardKeys(shard).lease)), patienceMs);
      return token === null ? null : leaseOf(shard, token);
    });
    const seen = await Promise.allSettled(all);
    const [first] = seen;
    if (first?.status === "rejected" && seen.every(({ status }) => status === "rejected")) throw first.reason;
    return seen.map((one) => (one.status === "fulfilled" ? one.value : "unknown"));
  }

  /** Says that this node lives, and gives all that do; `taken`: another process lives by this id. */
  async heartbeat(member: Member, patienceMs: number | null = null): Promise<readonly LivingMember[] | "taken"> {
    const { run, id, ...rest } = member;
    const told = JSON.stringify({ run, id, ...rest });
    const values = [id, run, told, this.lifeMs, FORGET_LIVES * this.lifeMs];
    const given = await soon(this.run(HEARTBEAT, [NODES_KEY], values), patienceMs);
    if (!Array.isArray(given)) return "taken";
    return (given as readonly string[]).map((text) => JSON.parse(text) as LivingMember);
  }

  async leave({ id, run }: Member): Promise<void> {
    await this.run(LEAVE, [NODES_KEY], [id, run]);
  }

  /** That of the first node that ever came; null: there was none. */
  async shardsOfCluster(): Promise<number | null> {
    const shards = await this.link.redis.hget(CLUSTER_KEY, "shards");
    return shards === null ? null : Number(shards);
  }

  /** Of the cluster's folder; null: no node has named one. */
  clusterId(): Promise<string | null> {
    return this.link.redis.hget(CLUSTER_KEY, "id");
  }

  /** Names the folder and then the number of shards, unless another folder was named before; gives what is in force. */
  async claimCluster(id: string, shards: number): Promise<{ readonly id: string | null; readonly shards: number }> {
    const { redis } = this.link;
    await redis.hsetnx(CLUSTER_KEY, "id", id);
    const inForce = await this.clusterId();
    if (inForce === id) await redis.hsetnx(CLUSTER_KEY, "shards", String(shards));
    return { id: inForce, shards: (await this.shardsOfCluster()) ?? shards };
  }

  async progress(shard: number, epoch: number | null): Promise<ShardProgress> {
    const { redis } = this.link;
    const { input, position } = shardKeys(shard);
    const [newest, done, groups] = await Promise.all([
      redis.xrevrange(input, "+", "-", "COUNT", 1),
      redis.get(position),
      redis.xinfo("GROUPS", input).catch(() => []), // a stream that does not exist yet
    ]);
    const name = epoch === null ? null : shardGroup(epoch);
    const group = (groups as readonly (readonly unknown[])[]).find((one) => fieldOf(one, "name") === name);
    const lag = group === undefined ? null : fieldOf(group, "lag");
    const pending = group === undefined ? 0 : fieldOf(group, "pending");
    return {
      newest: newest[0]?.[0] ?? null,
      position: done,
      lag: typeof lag === "number" ? lag : null,
      pending: typeof pending === "number" ? pending : 0,
    };
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.heard(this.link.redis.eval(script.text, script.keys, ...keys, ...values));
  }

  private async heard<T>(asked: Promise<T>): Promise<T> {
    const answer = await asked;
    this.heardAt = performance.now();
    return answer;
  }
}

/** Rejects when the answer takes longer: a silent master of a Redis Cluster holds up nobody who asks others as well. */
async function soon<T>(asked: Promise<T>, patienceMs: number | null): Promise<T> {
  if (patienceMs === null) return asked;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

/** `<epoch>:<node id>:<address>`; a node id has no colon, an address has one at least. */
export function leaseOf(shard: number, token: string): Lease {
  const [epoch = "", nodeId = ""] = token.split(":", 2);
  const address = token.slice(epoch.length + nodeId.length + 2);
  return { shard, epoch: Number(epoch), nodeId, address, token };
}

/** [name, value, name, value, ...], as XINFO answers. */
function fieldOf(pairs: readonly unknown[], name: string): unknown {
  const at = pairs.findIndex((field, place) => place % 2 === 0 && field === name);
  return at < 0 ? undefined : pairs[at + 1];
}
