// `npm run cluster:prove [-- --runs N --nodes N --shards N --lease MS --seed S --only KINDS --redis-cluster --record]`: a
// real cluster of nodes over a real Redis, fed with numbered ticks all the time, and faults one after the other: nodes are
// killed with SIGKILL, stand still and wake up, are cut off from Redis, are renewed by SIGTERM; masters of a Redis Cluster
// are killed, or stand still (`stall`). With `--only unplug` (or some kinds and that one) each node has a network namespace of its own, and its
// cable is pulled; where no such thing may be made it says so and tries the other kinds. Afterwards every tick must be in
// the journals once, and every signal that these journals give when they are computed again must have been said once and
// heard in order. Ten runs are a piece, over a cluster of their own; `--record` keeps pieces in test/proofs/cluster.ndjson
// and writes the table of docs/scaling.md from all that are there. Exits with 1 when a promise is broken, and with 2 when
// nothing could be tried.
import { days, keep, kept, machines, piece } from "../proofs.ts";
import { Random } from "../random.ts";
import { record } from "../reliability.ts";
import { flag, some, whole, wordsOf } from "../words.ts";
import { inOwnNetwork, noNetworkOfOwn, SWITCH_HOST } from "./cables.ts";
import { ProofRedis } from "./proof-redis.ts";
import { Stage, type StageOptions } from "./stage.ts";
import { type ClusterPiece, KINDS, type Kind, type Run, tableOf } from "./report.ts";
import { faultsOf } from "./verdict.ts";

const PIECE_RUNS = 10;

const { values } = wordsOf({
  name: "npm run cluster:prove --",
  about:
    "A real cluster of nodes over a real Redis, fed with numbered ticks, and faults one after the other; afterwards every " +
    "tick must be in the journals once, and every signal must have been said once and heard in order.",
  options: {
    runs: whole("faults in all", 6, { most: 100_000 }),
    nodes: whole("of the cluster", 3, { least: 2, most: 64 }),
    shards: whole("of the cluster", 4, { most: 1_024 }),
    lease: whole("milliseconds that a lease lives", 2_000, { least: 200, most: 600_000 }),
    seed: whole("of the faults and their moments; the time when left out", null, { least: 0, most: 1e15 }),
    only: some("KINDS", "faults, in turn", KINDS),
    "redis-cluster": flag("over a Redis Cluster, whose masters are killed as well"),
    timeline: flag("with a master of a Redis Cluster: what all nodes said, by the clock of the fault"),
    record: flag("keeps pieces in test/proofs/cluster.ndjson, and writes docs/scaling.md"),
    "own-network": flag("nodes in network namespaces of their own, as `unplug` needs them"),
  },
});

const withCluster = values["redis-cluster"];
const seed = values.seed ?? Date.now();
const usual: readonly Kind[] = withCluster
  ? ["kill", "suspend", "roll", "master"]
  : ["kill", "kill", "kill", "suspend", "cut", "roll"];
const asked = values.only.length > 0 ? values.only : usual;
const options: StageOptions = {
  nodes: values.nodes,
  shards: values.shards,
  leaseMs: values.lease,
  entries: 20,
  ticks: 5,
  ownNetwork: values["own-network"],
};
process.exitCode = await begin();

/** Exit code. What pulls cables does so in a network of its own, in which this program is started again. */
async function begin(): Promise<number> {
  if (!asked.includes("unplug") || values["own-network"]) return prove(asked);
  const lacking = noNetworkOfOwn();
  if (lacking === null) return inOwnNetwork([...process.argv.slice(1), "--own-network"]);
  console.error(`SKIPPED: cables cannot be pulled here, network namespaces are not permitted: ${lacking}`);
  const left = asked.filter((kind) => kind !== "unplug");
  return left.length > 0 ? prove(left) : 2;
}

/** Exit code. */
async function prove(kinds: readonly Kind[]): Promise<number> {
  let broken = 0;
  for (let done = 0; done < values.runs; done += PIECE_RUNS) {
    const one = await proveSome(kinds, Math.min(PIECE_RUNS, values.runs - done), seed + done);
    for (const fault of one.faults) console.error(`BROKEN ${fault}`);
    broken += one.faults.length;
    console.log(JSON.stringify(one.verdict));
    if (values.record) {
      keep("cluster", one);
      const pieces = kept("cluster") as readonly ClusterPiece[];
      record("cluster", tableOf(pieces), `${days(pieces)} on ${machines(pieces)}`, "docs/scaling.md");
    }
  }
  return broken > 0 ? 1 : 0;
}

async function proveSome(kinds: readonly Kind[], runs: number, from: number): Promise<ClusterPiece> {
  const begun = performance.now();
  const random = new Random(from);
  const server = await (withCluster ? ProofRedis.many() : ProofRedis.one(values["own-network"] ? SWITCH_HOST : null));
  const faults: string[] = [];
  const measured: Run[] = [];
  try {
    const stage = await Stage.open(server, options);
    try {
      for (let run = 0; run < runs; run++) {
        const kind = kinds[(from + run) % kinds.length] ?? "kill";
        const one = await faultOf(stage, kind, random, faults);
        measured.push({ kind, ...one });
        console.log(`run ${run + 1} of ${runs}, seed ${from}: ${kind}, ${one.shards} shards, ${one.ms} ms`);
        if (kind === "master" || kind === "stall") await server.mend();
      }
      const { exits, ...verdict } = await stage.finish();
      if (exits.some((code) => code !== 0)) faults.push(`nodes ended with ${exits.join(", ")} on SIGTERM`);
      faults.push(...faultsOf(verdict));
      const { nodes, shards, leaseMs } = options;
      const seconds = (performance.now() - begun) / 1_000;
      const redis = withCluster ? "cluster" : "one";
      return { ...piece(seconds), seed: from, redis, nodes, shards, leaseMs, runs: measured, verdict, faults };
    } finally {
      await stage.close();
    }
  } finally {
    await server.remove();
  }
}

async function faultOf(stage: Stage, kind: Kind, random: Random, faults: string[]): Promise<Omit<Run, "kind">> {
  await new Promise((resolve) => setTimeout(resolve, random.between(0, 2_000))); // at any moment of what goes on
  const ids = [...stage.nodes.keys()].toSorted();
  const id = ids[random.integer(ids.length)] ?? "";
  if (kind === "kill") {
    const { ms, shards, orphans } = await stage.kill(id);
    if (orphans > 0) faults.push(`${orphans} processes of a killed node outlived it`);
    await stage.begin(id);
    if (random.next() < 0.5) await stage.settled();
    return { ms, shards };
  }
  if (kind === "roll") {
    const { ms, codes } = await stage.roll();
    if (codes.some((code) => code !== 0)) faults.push(`nodes ended with ${codes.join(", ")} on SIGTERM`);
    return { ms, shards: options.shards };
  }
  if (kind === "master" || kind === "stall") {
    const { ms, shards, others, ...more } = await stage.loseMaster(random.integer(options.shards), kind);
    if (values.timeline) for (const line of more.timeline) console.log(`  ${line}`);
    console.log(`  the replica took over after ${more.tookOverMs} ms; ${more.moved} of ${shards} shards started anew`);
    const { count, moved, stillMs } = others;
    console.log(`  ${count} shards on other masters: ${moved} started anew, at most ${stillMs} ms without progress`);
    return { ms, shards };
  }
  const { ms, shards, stayed } = await displaced(stage, kind, id);
  if (stayed > 0) faults.push(`${stayed} processes of a node that had lost its shards went on`);
  await stage.settled();
  return { ms, shards };
}

function displaced(stage: Stage, kind: Kind, id: string): ReturnType<Stage["suspend"]> {
  if (kind === "unplug") return stage.unplug(id);
  return kind === "cut" ? stage.cutOff(id) : stage.suspend(id);
}
