// A shard's holding over real processes that do not behave: whatever hangs is ended, and what is nobody's fault here is
// not taken for one. Time is what the test says; the processes are small programs that speak as a shard's process does.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Lease } from "../../../src/bus/bus.ts";
import { DRAIN_MS_MAX, Holding, START_MS_MAX, unwellMsMax } from "../../../src/cluster/holding.ts";
import { ShardChild } from "../../../src/cluster/shard-child.ts";
import { loadConfig } from "../../../src/config.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";

const LEASE: Lease = { shard: 2, epoch: 1, nodeId: "a", address: "h:1", token: "1:a:h:1" };
const WAIT_MS = 120_000;
const LOADED = 'const tell = (report) => process.send(report); tell({ type: "loaded" });';
const READY = 'if (order.type === "seat") tell({ type: "ready", port: 7 });';

let dir = "";
const children: ShardChild[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holding-"));
});
afterEach(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.splice(0).map(({ ended }) => ended));
  rmSync(dir, { recursive: true, force: true });
});

interface Scene {
  readonly holding: Holding;
  readonly ended: ReturnType<Holding["run"]>;
  readonly released: readonly Lease[];
  /** What Redis says of the lease: true, false, or null: it does not answer for it, though it does for others. */
  says: boolean | null;
  /** Whether the lease is still ours when the folder is made. */
  marks: boolean;
  /** Lets so much time pass with a lease that is renewed meanwhile. */
  pass(ms: number): Promise<void>;
}

/** `answers`: what the process does with an `order`. */
function begin(answers: string, first = LOADED): Scene {
  const entry = join(dir, "program.mjs");
  writeFileSync(entry, `${first}\nprocess.on("message", (order) => { ${answers} });\n`);
  const loaded = loadConfig(null, { LEASE_MS: "2000" });
  if (!loaded.ok) throw new Error(loaded.failure);
  const released: Lease[] = [];
  const says: { now: boolean | null; marks: boolean } = { now: true, marks: true };
  const answer = (): Promise<boolean> =>
    says.now === null ? Promise.reject(new Error("away")) : Promise.resolve(says.now);
  const store = {
    renew: answer,
    resume: answer,
    get heardAt() {
      return says.now === null ? Infinity : 0; // somebody else always has just answered
    },
    folderOf: () => Promise.resolve(0),
    markFolder: () => Promise.resolve(says.marks),
    release: (lease: Lease) => Promise.resolve(void released.push(lease)),
  };
  const take = (): ShardChild => {
    const child = new ShardChild(entry);
    children.push(child);
    return child;
  };
  const spares = { take, refill: () => undefined };
  const { config } = loaded.value;
  const folder = {
    dir,
    during: <T>(work: Promise<T>): Promise<T> => work,
    newestEpoch: () => Promise.resolve({ ok: true as const, value: LEASE.epoch }),
  };
  const parts = { store, config, folder, shards: 8, spares, log: QUIET };
  const holding = new Holding(LEASE, performance.now(), parts);
  const pass = async (ms: number): Promise<void> => {
    const now = performance.now() + ms;
    await holding.renew(now);
    holding.expire(now);
  };
  const ended = holding.run();
  return {
    holding,
    ended,
    released,
    pass,
    get says() {
      return says.now;
    },
    set says(word) {
      says.now = word;
    },
    get marks() {
      return says.marks;
    },
    set marks(ours) {
      says.marks = ours;
    },
  };
}

async function until({ holding }: Scene, state: Holding["state"]): Promise<void> {
  await eventually(
    () => holding.state,
    (now) => now === state,
    WAIT_MS,
  );
}

it("a process that does not get ready is ended, and the lease is given back", async () => {
  const scene = begin("");
  await until(scene, "starting");
  await scene.pass(START_MS_MAX - 60_000);
  expect(scene.holding.state).toBe("starting");
  await scene.pass(START_MS_MAX + 1);
  expect(await scene.ended).toEqual({ how: "failed", reason: `it did not start within ${START_MS_MAX} ms` });
  expect(scene.released).toEqual([LEASE]);
});

it("a process that is ready and does not answer is ended", async () => {
  const scene = begin(READY);
  await until(scene, "ready");
  await scene.pass(unwellMsMax(2_000) + 1);
  expect(await scene.ended).toMatchObject({ how: "failed", reason: `it has not worked for ${unwellMsMax(2_000)} ms` });
});

it("a process that answers that it does not work is ended after the same time", async () => {
  const scene = begin(
    `${READY} if (order.type === "renewed") tell({ type: "condition", trouble: "a worker hangs", down: false });`,
  );
  await until(scene, "ready");
  for (let step = 1; step <= 4; step++) await scene.pass(step);
  expect(scene.holding.state).toBe("ready");
  await scene.pass(unwellMsMax(2_000) + 1);
  expect((await scene.ended).how).toBe("failed");
});

it("an answer that all is well counts from when it came", async () => {
  const scene = begin(
    `${READY} if (order.type === "renewed") tell({ type: "condition", trouble: null, down: false });`,
  );
  await until(scene, "ready");
  const [child] = children;
  const before = child?.wellAt ?? 0;
  await scene.pass(0);
  await eventually(
    () => child?.wellAt ?? 0,
    (at) => at > before,
    WAIT_MS,
  );
  expect(scene.holding.state).toBe("ready");
});

it("a process whose data plane has given up is ended at once, for that reason", async () => {
  const scene = begin(
    `${READY} if (order.type === "renewed") tell({ type: "condition", trouble: "four faults", down: true });`,
  );
  await until(scene, "ready");
  await scene.pass(0);
  expect(await scene.ended).toEqual({ how: "failed", reason: "its data plane stays down: four faults" });
});

it("a process that does not stop is ended, and the lease is given back", async () => {
  const scene = begin(READY);
  await until(scene, "ready");
  scene.holding.drain();
  await scene.pass(DRAIN_MS_MAX + 60_000);
  expect(await scene.ended).toEqual({ how: "failed", reason: `it did not stop within ${DRAIN_MS_MAX} ms` });
  expect(scene.released).toEqual([LEASE]);
});

it("a process that stops in order is drained", async () => {
  const scene = begin(`${READY} if (order.type === "drain") process.exit(0);`);
  await until(scene, "ready");
  scene.holding.drain();
  expect((await scene.ended).how).toBe("drained");
});

it("a shard that is given back while its process still loads is drained, not failed", async () => {
  const scene = begin("", "");
  await until(scene, "starting");
  expect(children[0]?.state).toBe("spare");
  scene.holding.drain();
  expect((await scene.ended).how).toBe("drained");
});

it("a lease that runs out is lost and no fault of the process, whether node or process notices", async () => {
  const byNode = begin(READY);
  await until(byNode, "ready");
  byNode.holding.expire(performance.now() + 600_000);
  expect((await byNode.ended).how).toBe("lost");
  expect(byNode.released).toEqual([]);

  const byProcess = begin(`${READY} if (order.type === "renewed") {
    process.send({ type: "lost", reason: "another owner" }, () => process.kill(process.pid, "SIGKILL")); }`);
  rmSync(join(dir, "shard-2"), { recursive: true, force: true });
  await until(byProcess, "ready");
  await byProcess.pass(0);
  expect(await byProcess.ended).toEqual({ how: "lost", reason: "another owner" });
});

it("a process that dies by itself has failed", async () => {
  const scene = begin(`${READY} if (order.type === "renewed") process.exit(3);`);
  await until(scene, "ready");
  await scene.pass(0);
  expect(await scene.ended).toEqual({ how: "failed", reason: "it ended with exit code 3" });
});

it("a process whose lease nobody answers for is kept and told so, not served, and goes on when the lease is had again", async () => {
  const words = join(dir, "words");
  const scene = begin(
    `${READY} require("node:fs").appendFileSync(${JSON.stringify(words)}, order.type + "\\n");`,
    `import { createRequire } from "node:module"; const require = createRequire(import.meta.url); ${LOADED}`,
  );
  await until(scene, "ready");
  const told = (word: string): Promise<boolean> =>
    eventually(
      () => readFileSync(words, "utf8").includes(word),
      (heard) => heard,
      WAIT_MS,
    );
  scene.says = null;
  await scene.pass(-3_000); // the newest renewal is as old as the process
  await eventually(
    () => scene.holding.waiting,
    (waits) => waits,
    WAIT_MS,
  );
  await scene.pass(0);
  await told("waiting");
  expect([scene.holding.state, scene.holding.port, scene.holding.counts]).toEqual(["ready", 0, false]);
  scene.says = true;
  await scene.pass(0);
  await told("renewed");
  expect([scene.holding.waiting, scene.holding.port, scene.holding.counts]).toEqual([false, 7, true]);
});

it("a process that waits is ended when another node has its shard, and the lease is not given back", async () => {
  const scene = begin(READY);
  await until(scene, "ready");
  scene.says = null;
  await scene.pass(0);
  scene.holding.yield("node-b");
  expect(await scene.ended).toEqual({ how: "lost", reason: "node-b has it" });
  expect(scene.released).toEqual([]);
});

it("a folder that was made for a lease that ended meanwhile is removed: nobody was served from it", async () => {
  const scene = begin(READY);
  scene.marks = false; // before the folder is there: everything of it is asynchronous
  expect(await scene.ended).toEqual({ how: "lost", reason: "its lease ended while its folder was made" });
  await eventually(
    () => existsSync(join(dir, "shard-2")) && readdirSync(join(dir, "shard-2")).length === 0,
    (gone) => gone,
    WAIT_MS,
  );
  expect(children).toEqual([]);
});
