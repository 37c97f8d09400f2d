// GET /backtests/{id}/tearsheet: the page of a run, as the file that somebody keeps. A real engine, real runs, and for what
// the page shows a real browser.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { render } from "../../support/browser.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { RSI_STRATEGY } from "../../support/sandbox/python.ts";

const SHORT = { strategy_type: "moving_average_crossover", duration_days: 20 };
const LONG = { strategy_type: "mean_reversion", duration_days: 3_650 };
const PATIENCE_MS = 240_000;
const AGAIN = "the same request sent again has one, unless the log says why none could be made";
const EVIL = `</title></style><script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

async function ask(engine: EngineProcess, body: object): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", "/backtests", body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["backtest_id"]);
}

async function state(engine: EngineProcess, id: string, wanted: RegExp): Promise<Message> {
  return eventually(
    () => engine.get(`/backtests/${id}`),
    ({ status }) => wanted.test(String(status)),
    PATIENCE_MS,
  );
}

async function completed(engine: EngineProcess, body: object): Promise<readonly [id: string, result: Message]> {
  const id = await ask(engine, body);
  const done = await state(engine, id, /completed|failed/);
  expect(done).toMatchObject({ status: "completed", error: null });
  return [id, done["result"] as Message];
}

const page = (engine: EngineProcess, id: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${engine.url}/backtests/${id}/tearsheet`, init);

it("is a file of its own that says what the answer says, and the same one after a restart", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const [id, result] = await completed(engine, SHORT);
  const answer = await page(engine, id);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-disposition": `attachment; filename="${id}.html"`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy.split("; ")).toEqual(
    expect.arrayContaining(["default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "sandbox"]),
  );
  expect(policy).not.toContain("script-src");
  const text = await answer.text();
  expect(text).not.toMatch(/<script|<link rel="stylesheet|(src|href)="(?!data:)|@import|url\(/);
  const [run] = result["runs"] as readonly { readonly result_hash: string; readonly statement: { dataHash: string } }[];
  const { sentence } = result["verdict"] as { readonly sentence: string };
  for (const said of [run?.result_hash, run?.statement.dataHash, "SYNTHETIC DATA", "What it rests upon"])
    expect(text).toContain(said);
  expect(plain(text)).toContain(plain(sentence));
  expect(text.match(/<td class="text">(long|short)<\/td>/g)).toHaveLength(Number(result["trade_count"]));

  expect((await page(engine, id, { method: "HEAD" })).headers.get("content-length")).toBe(
    String(Buffer.byteLength(text)),
  );
  await engine.stop();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  expect(await (await page(later, id)).text()).toBe(text);
});

/** Without what white space and entities do to a text. */
function plain(text: string): string {
  return text
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");
}

it("names every type of a family that ran together, and the hash of what they came to", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const [id, result] = await completed(engine, { strategy_type: "trend_following", duration_days: 20 });
  const runs = result["runs"] as readonly { readonly result_hash: string; readonly statement: Message }[];
  expect(runs.length).toBeGreaterThan(1);
  const text = await (await page(engine, id)).text();
  expect(text).toContain(`<h1>${runs.map(({ statement }) => String(statement["strategy"])).join(" + ")} on `);
  for (const { statement, result_hash: hash } of runs) {
    expect(text).toContain(`${String(statement["strategy"])}: `);
    expect(text).not.toContain(hash);
  }
});

it("shows hostile names of a strategy, its parameters and its symbols as text", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const parameters = { rsi_period: 10, oversold: 35, symbols: ["<B>'\"X"] };
  const strategy = { strategy_name: EVIL, code: RSI_STRATEGY, parameters };
  const made = await engine.ask("POST", "/strategies", strategy);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  const [id] = await completed(engine, { strategy_id: made.body["strategy_id"], duration_days: 10 });
  const text = await (await page(engine, id)).text();
  expect(text).not.toMatch(/<script|<img|<B>/);
  expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  const file = join(dataDir(), "page.html");
  writeFileSync(file, text);
  const shown = await render(pathToFileURL(file).href);
  expect(shown.html).toContain("What it rests upon");
  expect(shown.html).not.toMatch(/<script|<img/);
  expect(shown.console).toEqual([]);
});

it("is refused in a sentence while there is none: unknown, waiting, running, cancelled, or made before pages were kept", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const refusal = async (id: string): Promise<readonly [number, string, string]> => {
    const { status, body } = await engine.ask("GET", `/backtests/${id}/tearsheet`);
    return [status, String(body["error"]), String(body["message"])];
  };
  expect(await refusal("bt_000000000000")).toEqual([
    404,
    "not_found",
    "backtest bt_000000000000 does not exist; GET /backtests lists those that are kept",
  ]);
  const [early] = await completed(engine, SHORT);
  const long = await ask(engine, LONG);
  await state(engine, long, /running/);
  const another = await ask(engine, LONG); // where there are two threads, the second one has it
  const waiting = await ask(engine, LONG);
  const needs = (id: string, is: string, now: string): readonly unknown[] => [
    409,
    "invalid_state",
    `backtest ${id} is ${is}; a tearsheet needs it to be completed. Possible now: ${now}`,
  ];
  expect(await refusal(long)).toEqual(needs(long, "running", "reading it, a cancellation"));
  expect(await refusal(waiting)).toEqual(needs(waiting, "queued", "reading it, a cancellation"));
  for (const id of [waiting, another, long]) await engine.ask("DELETE", `/backtests/${id}`);
  expect(await refusal(long)).toEqual(needs(long, "cancelled", "reading it"));
  await engine.stop();

  const database = openLibsql(join(dir, "engine.db"));
  expect(database.run("DELETE FROM backtest_pages")).toBe(1);
  database.close();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  expect(await later.ask("GET", `/backtests/${early}/tearsheet`)).toMatchObject({
    status: 409,
    body: {
      error: "conflict",
      message: `no tearsheet was kept of backtest ${early}; ${AGAIN}`,
    },
  });
});

it("is read with a key that may only read, and by nobody without one", async () => {
  const engine = await startEngine({ DEMO: "off", API_KEYS: "reader-key:read,writer-key:write" });
  const send = (key: string, method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${engine.url}${path}`, {
      method,
      headers: { "x-api-key": key, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const made = (await (await send("writer-key", "POST", "/backtests", SHORT)).json()) as Message;
  const id = String(made["backtest_id"]);
  await eventually(
    async () => (await (await send("reader-key", "GET", `/backtests/${id}`)).json()) as Message,
    ({ status }) => status === "completed",
    PATIENCE_MS,
  );
  expect((await page(engine, id)).status).toBe(401);
  const read = await send("reader-key", "GET", `/backtests/${id}/tearsheet`);
  expect([read.status, (await read.text()).slice(0, 15)]).toEqual([200, "<!doctype html>"]);
});
