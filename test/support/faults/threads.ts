// Single threads of a running engine die: their process lives on (hits.ts). Here those of the data path and those that run
// users' code; learning-threads.ts has the ones that read, train and generate.
import { RSI_CODE, strategyCode } from "../strategy-code.ts";
import { deployed, healthy, hit, hitAll, killedAndCompared, PIPELINE_MS, started } from "./hits.ts";
import { told } from "./load.ts";
import type { Fault, Stage } from "./stage.ts";

const CHANGES = 20;
const TIMES = 3;
const SETTLE_MS = 2_000;

export const THREAD_FAULTS: readonly Fault[] = [
  {
    name: "thread-kernel",
    fault: `a kernel worker is ended under load, ${TIMES} times`,
    promised:
      "the data plane opens again from snapshot and journal; until then the answer to market data is 503; nothing acknowledged is lost",
    run: kernel,
  },
  {
    name: "thread-journal",
    fault: "the journal's thread is ended under load",
    promised:
      "/health is degraded and says why; nothing more is acknowledged; a restart of the process recovers everything that was",
    run: journal,
  },
  {
    name: "thread-store",
    fault: `the store's thread dies of an uncaught fault while changes are made, ${TIMES} times`,
    promised: "another thread replaces it; changes on their way are answered as in doubt; nothing confirmed is lost",
    run: store,
  },
  {
    name: "thread-executions",
    fault:
      "the executions' thread dies of an uncaught fault, and then at its limit of memory, while an execution trades",
    promised: "the execution goes on, keeps its trades, and the data plane does not notice",
    run: executions,
  },
  {
    name: "thread-trials",
    fault: "the thread in which pipelines try users' code is ended while a deployment is under way",
    promised: "that deployment ends, and the next one runs as if nothing had happened",
    run: trials,
  },
  {
    name: "thread-backtests",
    fault: "the backtests' thread dies of an uncaught fault in the middle of a backtest",
    promised: "that backtest fails with a sentence, or is tried again; the next one ends as if nothing had happened",
    run: backtests,
  },
];

async function kernel(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  for (let time = 0; time < TIMES; time++) {
    const before = load.acknowledged.size;
    await stage.until("ticks are acknowledged", () => load.acknowledged.size >= before + 400);
    load.look();
    const recoveries = engine.lines.filter(({ msg }) => msg === "recovered").length;
    await hit(stage, engine, "worker.js", "terminate");
    const ms = await stage.until(
      "the data plane is opened again",
      () => engine.lines.filter(({ msg }) => msg === "recovered").length > recoveries,
    );
    const then = load.acknowledged.size;
    await stage.until("ticks are acknowledged again", () => load.acknowledged.size > then);
    stage.say(`opened again after ${ms} ms, ${told(load.look())}`);
  }
  await healthy(stage, engine);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}

async function journal(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  await stage.until("ticks are acknowledged", () => load.acknowledged.size >= 400);
  load.look();
  await hit(stage, engine, "journal-worker.js", "terminate");
  const ms = await stage.until("degraded", async () => (await engine.get("/health"))["status"] !== "healthy");
  const health = JSON.stringify(await engine.get("/health"));
  stage.holds(/journal/.test(health), `health does not name the journal: ${health.slice(0, 300)}`);
  await stage.until("posts are answered that do not count", () => Object.keys(load.look().refused).length > 0);
  const acknowledged = load.acknowledged.size;
  load.look();
  await stage.until("more posts are refused", () => Object.values(load.look().refused).some((count) => count > 0));
  stage.holds(load.acknowledged.size === acknowledged, "ticks are acknowledged that nobody writes");
  stage.say(`degraded after ${ms} ms; nothing is acknowledged from then on`);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}

async function store(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  await stage.until("ticks are acknowledged", () => load.acknowledged.size >= 200);
  load.look();
  const confirmed: string[] = [];
  const doubtful = new Map<number, number>();
  for (let change = 0; change < CHANGES * TIMES; change++) {
    const name = `flag_${change}`;
    const asked = engine.ask("PUT", `/feature-flags/${name}`, { enabled: true });
    if (change % CHANGES === CHANGES / 2) await hit(stage, engine, "store-worker.js", "throw");
    const { status } = await asked;
    if (status === 200) confirmed.push(name);
    else doubtful.set(status, (doubtful.get(status) ?? 0) + 1);
  }
  const ms = await stage.until(
    "a change is taken",
    async () => (await engine.ask("PUT", "/feature-flags/last", { enabled: true })).status === 200,
  );
  confirmed.push("last");
  stage.holds(
    [...doubtful.keys()].every((status) => status === 503),
    `answers ${JSON.stringify([...doubtful])}`,
  );
  await healthy(stage, engine);
  const replaced = engine.lines.filter(({ msg }) => msg === "the store works again").length;
  stage.holds(replaced === TIMES, `the store was opened ${replaced} times again`);
  stage.say(
    `${confirmed.length} changes confirmed, ${[...doubtful.values()].reduce((sum, one) => sum + one, 0)} answered 503; ` +
      `opened again ${replaced} times, the next change after ${ms} ms; meanwhile ${told(load.look())}`,
  );
  await load.stop();
  await engine.kill();
  const again = await stage.recovers();
  const { feature_flags: flags } = (await again.get("/feature-flags?limit=500")) as {
    readonly feature_flags: readonly { readonly name: string }[];
  };
  const lost = confirmed.filter((name) => !flags.some((flag) => flag.name === name));
  stage.say(`${lost.length} confirmed changes lost`);
  stage.holds(lost.length === 0, `confirmed changes are lost: ${lost.join(", ")}`);
  await stage.stops(again);
  stage.acknowledged(load.acknowledged);
}

async function executions(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  const code = strategyCode(`if (market.position == 0) this.buy(0.5); else this.sell(0.5);`);
  const id = await deployed(stage, engine, code);
  const begun = await engine.ask("POST", `/strategies/${id}/start`, {});
  stage.holds(begun.status === 200, `start answers ${begun.status} ${JSON.stringify(begun.body)}`);
  const path = `/executions/${String(begun.body["execution_id"])}`;
  const trades = async (): Promise<number> => Number((await engine.get(path))["trade_count"]);
  await stage.until("it trades", async () => (await trades()) > 20);
  load.look();
  for (const how of ["throw", "memory"] as const) {
    const lost = (): number => engine.lines.filter(({ msg }) => msg === "a thread of executions was lost").length;
    const known = lost();
    await hit(stage, engine, "execution-worker.js", how);
    await stage.until("the thread is lost", () => lost() > known);
    const before = await trades();
    const ms = await stage.until("it trades on", async () => (await trades()) > before + 20);
    stage.say(`${how === "throw" ? "uncaught fault" : "out of memory"}: 20 trades more within ${ms} ms`);
  }
  const now = await engine.get(path);
  stage.holds(now["status"] === "running", `it is ${String(now["status"])}`);
  stage.say(`${String(now["trade_count"])} trades; meanwhile ${told(load.look())}`);
  await load.stop();
  // What is told has been stored a moment later.
  let kept = -1;
  await stage.until("no trade comes any more", async () => {
    const before = kept;
    kept = await trades();
    await stage.pause(SETTLE_MS);
    return kept === before;
  });
  await engine.kill();
  const again = await stage.recovers();
  const after = Number((await again.get(path))["trade_count"]);
  stage.say(`${kept} trades before the process was killed, ${after} afterwards`);
  stage.holds(after === kept, `${kept} trades had been told of, ${after} are stored`);
  await stage.stops(again);
  stage.acknowledged(load.acknowledged);
}

async function trials(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  const made = await engine.ask("POST", "/strategies", {
    strategy_name: "tried",
    code: strategyCode(`if (market.price > 1.5) this.buy(0.5);`),
    language: "assemblyscript",
  });
  const begun = await engine.ask("POST", `/strategies/${String(made.body["strategy_id"])}/deploy`, {});
  const path = `/deployments/${String(begun.body["pipeline_id"])}/status`;
  const ended = async (): Promise<boolean> => /completed|failed/.test(String((await engine.get(path))["status"]));
  let hits = 0;
  const hitOnce = async (): Promise<boolean> => {
    if (hits === 0) hits += await hitAll(stage, engine, "trial-worker.js", "terminate");
    return hits > 0 || (await ended());
  };
  await stage.until("a thread of trials is hit", hitOnce, PIPELINE_MS);
  stage.holds(hits > 0, "the deployment ended before a thread could be hit");
  await stage.until("the deployment ends", ended, PIPELINE_MS);
  const { status, error } = await engine.get(path);
  stage.say(`the deployment whose thread was ended: ${String(status)}${error ? `, ${JSON.stringify(error)}` : ""}`);
  await deployed(stage, engine, strategyCode(`if (market.price > 2.5) this.buy(0.5);`));
  stage.say(`the next one: completed; meanwhile ${told(load.look())}`);
  await healthy(stage, engine);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}

async function backtests(stage: Stage): Promise<void> {
  const engine = await started(stage);
  const load = stage.load(engine);
  const made = await engine.ask("POST", "/strategies", {
    strategy_name: "run",
    code: RSI_CODE,
    language: "assemblyscript",
  });
  const id = String(made.body["strategy_id"]);
  const run = async (days: number): Promise<string> => {
    const begun = await engine.ask("POST", "/backtests", { strategy_id: id, duration_days: days });
    return `/backtests/${String(begun.body["backtest_id"])}`;
  };
  const ended = async (path: string): Promise<Record<string, unknown>> => {
    let now: Record<string, unknown> = {};
    const over = async (): Promise<boolean> =>
      /completed|failed|cancelled/.test(String((now = await engine.get(path))["status"]));
    await stage.until("the backtest ends", over, PIPELINE_MS);
    return now;
  };
  const reference = JSON.stringify((await ended(await run(30)))["result"]);
  const long = await run(3_650);
  await stage.until("it is under way", async () => (await engine.get(long))["status"] === "running");
  await hit(stage, engine, "backtest-worker.js", "terminate");
  const fallen = await ended(long);
  stage.say(`the backtest whose thread died: ${String(fallen["status"])}, ${JSON.stringify(fallen["error"] ?? null)}`);
  const next = await ended(await run(30));
  stage.holds(next["status"] === "completed", `the next one: ${JSON.stringify(next).slice(0, 300)}`);
  stage.holds(JSON.stringify(next["result"]) === reference, "the next one has another result than before");
  stage.say("the next one gives the same result as one before");
  await healthy(stage, engine);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}
