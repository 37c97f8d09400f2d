// What the pieces of `npm run cluster:prove` come to, as the tables of docs/scaling.md.
import { counted, type Piece } from "../proofs.ts";
import { table } from "../reliability.ts";
import type { Verdict } from "./verdict.ts";

export const KINDS = ["kill", "suspend", "cut", "unplug", "roll", "master", "stall"] as const;
export type Kind = (typeof KINDS)[number];

export interface ClusterPiece extends Piece {
  readonly seed: number;
  readonly redis: "one" | "cluster";
  readonly nodes: number;
  readonly shards: number;
  readonly leaseMs: number;
  readonly runs: readonly Run[];
  readonly verdict: Verdict;
  readonly faults: readonly string[];
}
export interface Run {
  readonly kind: Kind;
  /** From the fault until all ticks are acknowledged again. */
  readonly ms: number;
  /** Shards that had to move. */
  readonly shards: number;
}

const TOLD: Readonly<Record<Kind, string>> = {
  kill: "a node is killed (SIGKILL)",
  suspend: "a whole node stands still longer than its leases, and wakes up (SIGSTOP, SIGCONT)",
  cut: "a node is cut off from Redis, and comes back",
  unplug: "a node's network cable is pulled: packets vanish (a network namespace each), and it is plugged in again",
  roll: "every node is renewed, one after the other (SIGTERM)",
  master: "a master of the Redis Cluster is killed (SIGKILL)",
  stall: "a master of the Redis Cluster stands still, and wakes up (SIGSTOP, SIGCONT)",
};

/** The sum of all pieces, for the document. Who had no shard just then moved none, and has no time. */
export function tableOf(pieces: readonly ClusterPiece[]): readonly string[] {
  const total = (of: (one: Verdict) => number): number => pieces.reduce((sum, { verdict }) => sum + of(verdict), 0);
  const rows = (["one", "cluster"] as const).flatMap((redis) => {
    const runs = pieces.filter((one) => one.redis === redis).flatMap((one) => one.runs);
    return KINDS.flatMap((kind) => {
      const times = runs.filter((run) => run.kind === kind && run.shards > 0).map(({ ms }) => ms);
      if (times.length === 0) return [];
      const sorted = times.toSorted((one, other) => one - other);
      const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
      const [median, worst] = [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0];
      const within = times.filter((ms) => ms <= 5_000).length;
      const name = redis === "one" ? "one server" : "Redis Cluster, 3 masters, 3 replicas";
      return [[TOLD[kind], name, String(times.length), seconds(median), seconds(worst), `${within}`]];
    });
  });
  const head = ["fault", "Redis", "times", "served again, median", "worst", "within 5 s"];
  const leases = [...new Set(pieces.map((one) => `${one.nodes} nodes, ${one.shards} shards, LEASE_MS=${one.leaseMs}`))];
  return [
    `\`npm run cluster:prove -- --record\`, ${counted(pieces)} (${leases.join("; ")}), each a cluster of its own.`,
    "",
    ...table([head, ...rows]),
    "",
    ...table([
      ["looked at in the end", "found"],
      ["ticks that Redis had confirmed", String(total((one) => one.fed))],
      ["of them in no journal although the stream has them", String(total((one) => one.lost))],
      ["of them in a journal twice", String(total((one) => one.doubled))],
      ["of them gone with a master of Redis", String(total((one) => one.lostByRedis))],
      ["signals that the journals give, computed again", String(total((one) => one.signals))],
      ["of them never said", String(total((one) => one.signalsLost))],
      ["said twice", String(total((one) => one.signalsDoubled))],
      ["said although no journal gives them", String(total((one) => one.signalsStrange))],
      ["said and not heard on the WebSocket", String(total((one) => one.unheard))],
      ["heard out of order", String(total((one) => one.outOfOrder))],
    ]),
  ];
}
