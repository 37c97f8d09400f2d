// A whole engine with a mark in every secret that it can be given, and everything that may go wrong made to go wrong: no
// mark stands in any line, answer, metric, message or file of it, and what it writes is for its owner alone.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { declaredEndpoints } from "../../support/contract/declarations.ts";
import { CLI, EngineProcess } from "../../support/engine-process.ts";

const mark = (name: string): string => `mark-${name}-0123456789-abcdefghijkl`;
const MARKS: Readonly<Record<string, string>> = {
  read: mark("read"),
  write: mark("write"),
  jwt: mark("jwt"),
  redis: mark("redis"),
  hook: mark("hook"),
  hookPath: mark("hookpath"),
  venueKey: mark("venuekey"),
  venueSecret: mark("venuesecret"),
  venuePassword: mark("venuepassword"),
};
const { read = "", write = "", jwt = "", redis = "", hook = "", hookPath = "" } = MARKS;
const { venueKey = "", venueSecret = "", venuePassword = "" } = MARKS;

let folder = "";
let engine: EngineProcess;
const told: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  // As an operator makes it, open to all: what the engine puts there must be closed all the same.
  mkdirSync(join(folder, "data"));
  chmodSync(join(folder, "data"), 0o755);
  engine = await EngineProcess.start({
    DATA_DIR: join(folder, "data"),
    LOG_LEVEL: "debug",
    API_KEYS: `${read}:read,${write}`,
    JWT_SECRET: jwt,
    REDIS_URL: `redis://somebody:${redis}@127.0.0.1:1/0`,
    ALERT_WEBHOOKS: `http://127.0.0.1:9/${hookPath}|${hook}`,
    VENUE_API_KEY: venueKey,
    VENUE_API_SECRET: venueSecret,
    VENUE_API_PASSWORD: venuePassword,
    STRATEGY_COMPILED_DIR: join(folder, "data", "compiled"),
  });
});
afterAll(async () => {
  await engine.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(method: string, path: string, headers: Record<string, string>, body?: string): Promise<void> {
  const sent = body === undefined ? {} : { body, headers: { ...headers, "content-type": "application/json" } };
  const response = await fetch(`${engine.url}${path}`, { method, headers, ...sent });
  told.push(`${method} ${path.split("?")[0]} ${JSON.stringify([...response.headers])} ${await response.text()}`);
}

/** The name of each mark that stands in it, and where. */
function marksIn(where: string, text: string): readonly string[] {
  const forms = (secret: string): readonly string[] => [
    secret,
    Buffer.from(secret).toString("base64").slice(0, 40),
    Buffer.from(secret).toString("hex"),
  ];
  return Object.entries(MARKS).flatMap(([name, secret]) =>
    forms(secret).some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
  );
}

function filesIn(path: string): readonly string[] {
  const inside = readdirSync(path, { withFileTypes: true });
  return inside.flatMap((one) =>
    one.isDirectory() ? [join(path, one.name), ...filesIn(join(path, one.name))] : [join(path, one.name)],
  );
}

it("shows no secret in any answer, to whoever asks whatever", async () => {
  const shown = { "x-api-key": write };
  for (const { method, path, role } of await declaredEndpoints()) {
    const filled = path.replaceAll(/\{[a-z_]+\}/g, "strat_000000");
    if (/^\/(docs|dashboard)/.test(path) || path === "/ws" || role === "open") continue;
    if (method === "GET") await ask("GET", filled, shown);
    else await ask(method, filled, shown, '{"__proto__":1}');
  }
  const token = await new SignJWT({ role: "write" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("a")
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(jwt));
  await ask("GET", "/config", { authorization: `Bearer ${token}` });
  await ask("GET", "/metrics/prometheus", shown);
  await ask("GET", "/health", {});
  await ask("GET", `/symbols?api_key=${read}x`, {});
  await ask("GET", "/nothing", { "x-api-key": `${write}x` });
  await ask("POST", "/api/strategy_engine/process_market_data", shown, "{");
  await ask("POST", "/api/strategy_engine/process_market_data", shown, '{"symbol":"A","price":1}');
  const code = 'import { Market, Signal } from "sdk"; export function run(): void { unknown(); }';
  await ask("POST", "/strategies", shown, JSON.stringify({ name: "odd", code, language: "assemblyscript" }));
  expect(told.length).toBeGreaterThan(80);
  expect(told.flatMap((answer) => marksIn(answer.slice(0, 60), answer))).toEqual([]);
});

it("shows none to a socket that says a key, right or wrong", async () => {
  const heard: string[] = [];
  for (const [key, op] of [
    [read, "auth"],
    [`${write}x`, "auth"],
    [write, "list"],
  ] as const) {
    const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws?api_key=${key}`);
    await new Promise<void>((resolve, reject) => {
      socket.on("message", (data) => {
        heard.push((data as Buffer).toString());
        if (heard.at(-1)?.includes('"id":"last"') === true || /fatal/.test(heard.at(-1) ?? "")) resolve();
      });
      socket.on("close", () => resolve());
      socket.on("error", reject);
      socket.on("open", () => {
        socket.send(JSON.stringify({ op, id: 1, api_key: key }));
        socket.send(JSON.stringify({ op: "ping", id: "last" }));
      });
    });
    socket.terminate();
  }
  expect(heard.length).toBeGreaterThan(2);
  expect(heard.flatMap((one) => marksIn("a message", one))).toEqual([]);
});

it("everything under DATA_DIR is for its owner alone, although the folder was there and open", () => {
  const all = filesIn(join(folder, "data"));
  expect(all.length).toBeGreaterThan(3);
  const open = all.filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open.map((path) => `${path.slice(folder.length)} ${(statSync(path).mode & 0o777).toString(8)}`)).toEqual([]);
});

it("shows none in its log, on its terminal, in a file, or when it ends", async () => {
  expect(await engine.stopsInOrder()).toBeNull();
  const lines = engine.lines.map((line) => JSON.stringify(line));
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.some((line) => line.includes("API_KEYS"))).toBe(true); // the settings are told, the secrets are not
  const found = [
    ...lines.flatMap((line) => marksIn(`the log: ${line.slice(0, 80)}`, line)),
    ...marksIn("stderr", engine.stderr.join("")),
    ...filesIn(folder)
      .filter((path) => statSync(path).isFile())
      .flatMap((path) => marksIn(path.slice(folder.length), readFileSync(path).toString("latin1"))),
  ];
  expect(found).toEqual([]);
});

it("a start that is refused for a bad secret does not show it", () => {
  const bad = {
    API_KEYS: `${read}:admin`,
    JWT_SECRET: "mark-short",
    REDIS_URL: `http://somebody:${redis}@nowhere`,
    ALERT_WEBHOOKS: `ftp://nowhere/${hookPath}|${hook}`,
  };
  const text = failedRun(["serve"], bad);
  for (const name of Object.keys(bad)) expect(text).toContain(name);
  expect([...marksIn("a refusal", text), text.includes("mark-short")]).toEqual([false]);
});

function failedRun(args: readonly string[], env: Readonly<Record<string, string>>): string {
  try {
    execFileSync(process.execPath, [CLI, ...args], {
      env: { PATH: process.env["PATH"] ?? "", DATA_DIR: "", PORT: "0", COMPAT_PORT: "0", ...env },
      stdio: "pipe",
      timeout: 60_000,
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: Buffer; readonly stderr: Buffer };
    return `${stdout.toString()}${stderr.toString()}`;
  }
  throw new Error("it started");
}
