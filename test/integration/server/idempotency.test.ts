// Requests that are sent again with the same Idempotency-Key, against a real server and a real store.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { ANSWER_LENGTH_MAX, ANSWERS_MAX, AnswerBook, KEPT_MS } from "../../../src/server/idempotency/book.ts";
import { failed, ok } from "../../../src/domain/result.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { Random } from "../../support/random.ts";
import { startServer, type Running } from "../../support/server/start.ts";
import { addConfig, KeptLog, opened, temporaryFolder } from "../../support/store/store-files.ts";
import type { MarketDataOutcome } from "../../../src/server/engine.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { Result } from "../../../src/domain/result.ts";
import type { ServerOptions } from "../../../src/server/server.ts";
import type { ThreadedStore } from "../../../src/store/store.ts";

const BUSY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5e6) SELECT count(*) FROM n";
const PATH = "/api/strategy_engine/process_market_data";
const SERVER = fileURLToPath(new URL("../../support/server/idempotent-server.js", import.meta.url));

interface Stage extends Running {
  readonly store: ThreadedStore;
  readonly book: AnswerBook;
  /** How often the engine has acted. */
  readonly acts: () => number;
}

type Act = (count: number) => Promise<Result<MarketDataOutcome, Failure>>;

function outcome(processed: number): Result<MarketDataOutcome, Failure> {
  const rest = { strategies_applied: 1, rejected: 0, errors: [], signals: [], processing_time_ms: 1 };
  return ok({ processed, ...rest });
}

async function staged(
  act: Act = (count) => Promise.resolve(outcome(count)),
  server: Partial<ServerOptions> = {},
  now: () => number = () => Date.now(),
  file: string | null = null,
): Promise<Stage> {
  const store = await opened({ file });
  const book = new AnswerBook(store, now, SILENT_LOG);
  let acts = 0;
  const running = startServer({ server: { book, ...server }, engine: { processMarketData: () => act((acts += 1)) } });
  return { ...running, store, book, acts: () => acts };
}

function send(http: string, key: string | null, body = "{}", more: Record<string, string> = {}): Promise<Response> {
  const headers = { ...(key === null ? {} : { "idempotency-key": key }), "content-type": "application/json", ...more };
  return fetch(`${http}${PATH}`, { method: "POST", headers, body });
}

const replayed = (response: Response): string | null => response.headers.get("idempotency-replayed");

describe("a request that is sent again", () => {
  it("gets the first answer, marked, and has no second effect", async () => {
    const { http, acts } = await staged();
    const first = await send(http, "k1");
    const again = await send(http, "k1");
    expect([first.status, again.status, replayed(first), replayed(again)]).toEqual([200, 200, null, "true"]);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("content-type")).toBe("application/json");
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    expect(acts()).toBe(1);
  });

  it("waits for the first one while that runs", async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const { http, acts } = await staged(async (count) => {
      begun();
      await finished;
      return outcome(count);
    });
    const first = send(http, "k1");
    await beginning;
    const others = Array.from({ length: 20 }, () => send(http, "k1"));
    expect((await send(http, "k1", '{"other":1}')).status).toBe(422);
    finish();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(replayed)).toEqual([null, ...others.map(() => "true")]);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(acts()).toBe(1);
  });

  it("with another body is refused; to another path, or by another caller, it is another request", async () => {
    const guard = KeyGuard.of(["first-0123456789", "second-0123456789"]);
    const { http, acts } = await staged(undefined, { guard });
    const as = (name: string): Record<string, string> => ({ "x-api-key": `${name}-0123456789` });
    expect((await send(http, "k1", "{}", as("first"))).status).toBe(200);
    const reuse = await send(http, "k1", '{"a":1}', as("first"));
    expect(reuse.status).toBe(422);
    expect(await reuse.json()).toMatchObject({ error: "idempotency_key_reuse" });
    expect(replayed(await send(http, "k1", '{"a":1}', as("second")))).toBeNull();
    const headers = { "idempotency-key": "k1", ...as("first") };
    const elsewhere = await fetch(`${http}/risk/resume`, { method: "POST", headers });
    expect([elsewhere.status, replayed(elsewhere)]).toEqual([200, null]);
    expect(acts()).toBe(2);
  });

  it("has an effect when the first one was refused for want of room, and only then", async () => {
    const refusals: Result<never, Failure>[] = [
      failed({ code: "overloaded", what: "the ring" }),
      failed({ code: "validation_error", issues: [{ field: "a", issue: "is wrong" }] }),
    ];
    const { http, acts } = await staged((count) => Promise.resolve(refusals[count - 1] ?? outcome(count)));
    const busy = await send(http, "k1");
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([503, "1"]);
    const wrong = await send(http, "k1");
    const again = await send(http, "k1");
    expect([wrong.status, replayed(wrong), again.status, replayed(again)]).toEqual([422, null, 422, "true"]);
    expect(await again.text()).toBe(await wrong.text());
    expect(acts()).toBe(2);
  });

  it("after an answer that was too long to keep is told that the first one took effect", async () => {
    const { http, acts } = await staged((count) => {
      const long = outcome(count);
      const errors = [{ index: 0, message: "x".repeat(ANSWER_LENGTH_MAX) }];
      return Promise.resolve(long.ok ? ok({ ...long.value, errors }) : long);
    });
    expect((await send(http, "k1")).status).toBe(200);
    const again = await send(http, "k1");
    expect([again.status, acts()]).toEqual([409, 1]);
    expect(await again.json()).toMatchObject({ error: "idempotency_unfinished" });
  });

  it("is a new one after a day", async () => {
    let now = 1_756_029_600_000;
    const { http, acts } = await staged(undefined, {}, () => now);
    await send(http, "k1");
    now += KEPT_MS - 1;
    expect(replayed(await send(http, "k1"))).toBe("true");
    now += 1;
    expect(replayed(await send(http, "k1", '{"other":1}'))).toBeNull();
    expect(acts()).toBe(2);
  });
});

describe("the key", () => {
  it("is 1 to 128 visible ASCII characters", async () => {
    const { http, acts } = await staged();
    for (const key of ["", " ", "a b", "ü", "x".repeat(129)]) {
      const response = await send(http, key);
      expect(response.status, JSON.stringify(key)).toBe(422);
      expect(await response.json()).toMatchObject({
        error: "validation_error",
        details: [{ field: "Idempotency-Key" }],
      });
    }
    expect(acts()).toBe(0);
    for (const key of ["x", "~!@#", "x".repeat(128)]) expect((await send(http, key)).status).toBe(200);
  });

  it("means nothing where nothing is changed", async () => {
    const { http } = await staged();
    for (let round = 0; round < 2; round += 1) {
      const response = await fetch(`${http}/symbols`, { headers: { "idempotency-key": "a b" } });
      expect([response.status, replayed(response)]).toEqual([200, null]);
    }
  });
});

describe("the effect and its key", () => {
  it("are one transaction, wherever in the work of the request the change is made", async () => {
    let marking: AnswerBook | null = null;
    let queue = Promise.resolve();
    const { http, store, book } = await staged(async (count) => {
      const change = queue.then(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        await marking?.marking.commit([addConfig(`c${count}`)]);
      });
      queue = change;
      await change;
      throw new Error("the answer is never made");
    });
    marking = book;
    expect((await send(http, "k1")).status).toBe(500);
    expect(await store.query("SELECT key, status FROM idempotency", [])).toEqual([{ key: "k1", status: "" }]);
    expect((await send(http, "k1")).status).toBe(409);
    expect(await store.query("SELECT component FROM config", [])).toEqual([{ component: "c1" }]);
  });

  it("a refusal that took effect is kept like any answer", async () => {
    let marking: AnswerBook | null = null;
    const { http, acts, book } = await staged(async (count) => {
      await marking?.marking.commit([addConfig(`c${count}`)]);
      return failed({ code: "storage_full" });
    });
    marking = book;
    expect((await send(http, "k1")).status).toBe(503);
    const again = await send(http, "k1");
    expect([again.status, replayed(again), acts()]).toEqual([503, "true", 1]);
  });

  it("leave out what the request's work goes on doing after its answer", async () => {
    let marking: AnswerBook | null = null;
    let later: Promise<unknown> = Promise.resolve();
    let go: () => void = () => undefined;
    const { http, store, book } = await staged((count) => {
      later = new Promise<void>((resolve) => (go = resolve)).then(() => marking?.marking.commit([addConfig("late")]));
      return Promise.resolve(outcome(count));
    });
    marking = book;
    await send(http, "k1");
    await store.commit([{ sql: "DELETE FROM idempotency", params: [] }]);
    go();
    await later;
    expect(await store.query("SELECT count(*) AS n FROM idempotency", [])).toEqual([{ n: 0 }]);
  });
});

describe("requests with keys that come together", () => {
  const TOGETHER = 64;

  /** Each request changes something; with `keys` for them, several may have the same one. */
  async function together(keys: readonly (string | null)[]) {
    let marking: AnswerBook | null = null;
    const { http, store, book, acts } = await staged(
      async (count) => {
        const stored = await marking?.marking.commit([addConfig(`c${count}`)]);
        return stored?.ok === true ? outcome(count) : failed({ code: "storage_unavailable" });
      },
      {},
      undefined,
      join(temporaryFolder(), "engine.db"),
    );
    marking = book;
    // They find a store that is at work, and wait for it.
    const busy = store.query(BUSY, []);
    await new Promise((resolve) => setImmediate(resolve));
    const before = store.status().groups;
    const sent = keys.map((key) => send(http, key));
    await busy;
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 200));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    return { syncs: store.status().groups - before, acts: acts(), answers, texts };
  }

  it("share syncs as those without do, and one more of them for their answers", async () => {
    const bare = await together(Array.from({ length: TOGETHER }, () => null));
    const keyed = await together(Array.from({ length: TOGETHER }, (_, at) => `k${at}`));
    expect([bare.acts, keyed.acts]).toEqual([TOGETHER, TOGETHER]);
    expect(bare.syncs).toBeLessThan(TOGETHER / 8);
    expect(keyed.syncs).toBeLessThan(TOGETHER / 8);
  });

  it("act once for each key, and those of one key get one answer", async () => {
    const { acts, answers, texts } = await together(Array.from({ length: TOGETHER }, (_, at) => `k${at >> 1}`));
    expect(acts).toBe(TOGETHER / 2);
    expect(answers.filter((answer) => replayed(answer) === "true")).toHaveLength(TOGETHER / 2);
    expect(new Set(texts).size).toBe(TOGETHER / 2);
    for (let at = 0; at < TOGETHER; at += 2) expect(texts[at + 1]).toBe(texts[at]);
  });
});

describe("the emergency stop", () => {
  async function stopping(log: KeptLog, hangMs: number) {
    const store = await opened({ file: join(temporaryFolder(), "engine.db"), log, hangMs });
    const book = new AnswerBook(store, () => Date.now(), SILENT_LOG);
    const reasons: string[] = [];
    const emergencyStop = (reason: string) => ok({ executionsStopped: reasons.push(reason) });
    const { http } = startServer({ server: { book }, engine: { emergencyStop } });
    const stop = (key: string, reason = "halt"): Promise<Response> => {
      const headers = { "idempotency-key": key, "content-type": "application/json" };
      return fetch(`${http}/risk/emergency-stop`, { method: "POST", headers, body: JSON.stringify({ reason }) });
    };
    return { http, store, stop, reasons };
  }

  it("acts each time, with a key that was used before and with another reason under it", async () => {
    const { http, stop, reasons } = await stopping(new KeptLog(), 30_000);
    const first = await stop("stop");
    const resumed = await fetch(`${http}/risk/resume`, { method: "POST", headers: { "idempotency-key": "stop" } });
    const again = await stop("stop");
    const other = await stop("stop", "fire");
    expect([first, resumed, again, other].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect([first, again, other].map(replayed)).toEqual([null, null, null]);
    expect(reasons).toEqual(["halt", "halt", "fire"]);
    expect([(await stop("a b")).status, reasons.length]).toEqual([422, 3]);
  });

  it("asks no store: it acts while that is busy, and while its thread does not answer", async () => {
    const log = new KeptLog();
    const { store, stop, reasons } = await stopping(log, 200);
    const given = expect(store.query(BUSY, [])).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
    expect((await stop("stop")).status).toBe(200);
    await given;
    expect(store.status().trouble).not.toBeNull();
    expect((await stop("stop")).status).toBe(200);
    expect(reasons).toHaveLength(2);
    await log.until("the store answers again");
  });
});

it("keeps no more answers than it may, and none for longer than a day", async () => {
  let now = 1_756_029_600_000;
  const { http, store } = await staged(undefined, {}, () => now);
  const insert = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO idempotency SELECT ?, 'k' || i, '/p', '', '200 OK', '', ? FROM n`;
  const many = ANSWERS_MAX + 50;
  await store.commit([
    { sql: insert, params: [many, "anybody", (now - 1) * 1_000] },
    { sql: insert, params: [many, "old", (now - KEPT_MS) * 1_000] },
    { sql: insert, params: [30, "other", now * 1_000] },
  ]);
  for (let request = 0; request < 256; request += 1) await send(http, `new${request}`);
  now += 1;
  const rows = await store.query("SELECT owner, count(*) AS n FROM idempotency GROUP BY owner ORDER BY owner", []);
  expect(rows).toEqual([
    { owner: "anybody", n: ANSWERS_MAX },
    { owner: "other", n: 30 },
  ]);
  expect(replayed(await send(http, "new0"))).toBe("true");
});

it("an engine that is killed while it works never acts twice for a key, and loses no answer that it gave", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const random = new Random(11);
  const answered = new Map<string, string>();
  let next = 0;
  for (let round = 0; round < 5; round += 1) {
    const { url, kill } = await startKilled(file);
    const last = next + 200;
    const killed = Math.floor(random.next() * 150);
    let answers = 0;
    const work = async (): Promise<void> => {
      while (next < last) {
        const key = `k${(next += 1)}`;
        const text = await send(url, key, JSON.stringify({ key })).then(
          (response) => response.text(),
          () => null, // the engine was killed before it answered
        );
        if (text !== null) answered.set(key, text);
        answers += 1;
        if (answers === killed) kill();
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    kill();
  }
  const { url, kill } = await startKilled(file);
  const statuses = { replayed: 0, first: 0, unfinished: 0 };
  for (let number = 1; number <= next; number += 1) {
    const key = `k${number}`;
    const response = await send(url, key, JSON.stringify({ key }));
    const text = await response.text();
    if (answered.has(key)) expect([text, replayed(response)]).toEqual([answered.get(key), "true"]);
    if (response.status === 409) statuses.unfinished += 1;
    else statuses[replayed(response) === null ? "first" : "replayed"] += 1;
  }
  kill();
  const store = await opened({ file });
  const effects = await store.query("SELECT value ->> 'key' AS key, count(*) AS n FROM config GROUP BY 1", []);
  expect(effects).toHaveLength(next);
  expect(effects.every(({ n }) => n === 1)).toBe(true);
  expect(statuses.replayed).toBeGreaterThanOrEqual(answered.size);
  expect(statuses.first).toBeGreaterThan(0);
});

it("a whole engine keeps its answers over a restart, and a strategy is made once", async () => {
  const folder = temporaryFolder();
  const start = (): Promise<EngineProcess> => EngineProcess.start({ DATA_DIR: folder });
  const create = async (engine: EngineProcess): Promise<{ replayed: string | null; text: string }> => {
    const response = await fetch(`${engine.url}/strategies`, {
      method: "POST",
      headers: { "idempotency-key": "first", "content-type": "application/json" },
      body: JSON.stringify({ strategy_name: "one", code: "class A:\n  pass", language: "python" }),
    });
    expect(response.status).toBe(200);
    return { replayed: replayed(response), text: await response.text() };
  };
  let engine = await start();
  onTestFinished(() => engine.kill());
  const first = await create(engine);
  await engine.kill();
  engine = await start();
  expect(await create(engine)).toEqual({ replayed: "true", text: first.text });
  expect(await engine.get("/strategies")).toMatchObject({ count: 1 });
});

async function startKilled(file: string): Promise<{ url: string; kill: () => void }> {
  const child = spawn(process.execPath, [SERVER, file], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): void => void child.kill("SIGKILL");
  onTestFinished(kill);
  const lines = createInterface(child.stdout);
  const port = await new Promise<string>((resolve) => lines.once("line", resolve));
  return { url: `http://127.0.0.1:${port}`, kill };
}
