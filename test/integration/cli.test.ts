// The command as its users meet it: a process of its own, its two streams and its exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeSettings } from "../../src/config.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { Mailbox } from "../support/mailbox.ts";
import { noSocketLibrary } from "../support/no-socket-library.ts";
import { stopFault } from "../support/orderly-stop.ts";
import { freePort, RedisServer } from "../support/redis-server.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-"));
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
type Variables = Readonly<Record<string, string>>;

const started: Running[] = [];

class Running {
  readonly lines = new Mailbox<string>();
  readonly ended: Promise<Ended>;
  private readonly child;

  constructor(args: readonly string[], variables: Variables, nodeArgs: readonly string[] = []) {
    const env = { PATH: "/usr/bin:/bin", DATA_DIR: folder, COMPAT_PORT: "0", PORT: "0", ...variables };
    this.child = spawn(process.execPath, [...nodeArgs, CLI, ...args], {
      env,
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { out: "", err: "" };
    this.child.stdout.on("data", (bytes: Buffer) => {
      const all = (text.out += bytes.toString()).split("\n");
      while (this.lines.received.length < all.length - 1) this.lines.put(all[this.lines.received.length] ?? "");
    });
    this.child.stderr.on("data", (bytes: Buffer) => (text.err += bytes.toString()));
    started.push(this);
    this.ended = once(this.child, "close").then(([code]) => ({ code: code as number | null, ...text }));
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

function linesOf(out: string): readonly Readonly<Record<string, unknown>>[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

function run(args: readonly string[], variables: Variables = {}): Promise<Ended> {
  return new Running(args, variables).ended;
}

describe("strategy-engine", () => {
  it("explains itself and each of its commands", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const name of ["serve", "top", "backtest", "import"]) {
      expect(out).toContain(`  ${name}`);
      const help = await run([name, "--help"]);
      expect(help.code).toBe(0);
      expect(help.out).toContain(`Usage: strategy-engine ${name}`);
    }
  });

  it("lists every setting in the help of serve", async () => {
    const { out } = await run(["serve", "--help"]);
    for (const { env } of describeSettings()) expect(out).toMatch(new RegExp(`^ {2}${env} +\\S`, "m"));
  });

  it("names settings that there are, in the help of every command", async () => {
    const known = new Set([
      ...describeSettings().map(({ env }) => env),
      "STRATEGY_ENGINE_URL",
      "STRATEGY_ENGINE_API_KEY",
    ]);
    for (const command of ["serve", "node", "work", "backtest", "sweep", "import", "deploy", "tail", "doctor"]) {
      const named = (await run([command, "--help"])).out.match(/\bSTRATEGY_[A-Z_]*[A-Z]\b/g) ?? [];
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it("says its version", async () => {
    expect((await run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run(["version"])).out).toMatch(/^core +[0-9a-f]{16} /m);
  });

  it("ends with 1 and a hint for what it does not know", async () => {
    const { code, err } = await run(["fly"]);
    expect(code).toBe(1);
    expect(err).toContain("unknown command 'fly'");
    expect((await run(["data", "show"])).err).toContain("(strategy-engine data show --help explains it)");
    expect((await run(["help", "fly"])).err).toMatch(/^error: unknown command 'fly'\n\(strategy-engine --help /);
    const placeless = await run(["backtest", "momentum_rider", "--synthetic", "--out", "none/run.json"]);
    expect(placeless).toMatchObject({ code: 1, out: "" });
    expect(placeless.err).toContain("is invalid. The folder ");
    expect(placeless.err).toContain("/none is not there; make it first.");
    expect((await run(["report", "x.json", "--html", "."])).err).toContain("That is a folder; name a file in it.");
    expect((await run(["report", "."])).err).toMatch(/^strategy-engine: \. is a folder; /);
    expect(err).not.toContain("    at ");
  });
});

describe("strategy-engine serve", () => {
  it("starts, names addresses that can be opened, and ends with 0 on a Ctrl-C that comes twice", async () => {
    const engine = new Running(["serve"], { DEMO: "off", HOST: "0.0.0.0", ALLOW_INSECURE: "true" });
    const ready = await engine.lines.find((line) => line.includes('"msg":"ready"'));
    expect(JSON.parse(ready)).toMatchObject({ tracing: "off" });
    const [port = 0] = (JSON.parse(ready) as { readonly ports: readonly number[] }).ports;
    const at = `http://127.0.0.1:${port}`;
    const places = ["/", "/docs", "/health", "/metrics/prometheus"].map((path) => at + path);
    for (const place of places) expect([place, (await fetch(place)).status]).toEqual([place, 200]);
    // As npm does with a Ctrl-C that the terminal has sent to both.
    engine.signal("SIGINT");
    await engine.lines.find((line) => line.includes('"msg":"stopping"'));
    engine.signal("SIGINT");
    const { code, out, err } = await engine.ended;
    expect(stopFault(code, linesOf(out))).toBeNull();
    expect(err.match(/https?:\S+/g)).toEqual(places);
    expect(err).toContain(`ws://127.0.0.1:${port}/ws`);
    for (const line of linesOf(out)) expect(line).toHaveProperty("level");
  });

  it("names every bad setting in one line and ends with 1", async () => {
    const { code, out, err } = await run(["serve"], { PORT: "http", JOURNAL_SYNC: "never", API_KEYS: "two words" });
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    for (const name of ["PORT", "JOURNAL_SYNC", "API_KEYS"]) expect(err).toContain(name);
  });

  it("refuses an open address without keys", async () => {
    const { code, err } = await run(["serve"], { HOST: "0.0.0.0" });
    expect(code).toBe(1);
    expect(err).toContain("ALLOW_INSECURE=true");
  });

  it("says which port is taken, without a stack", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const { code, err } = await run(["serve"], { PORT: port });
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`port ${port}`);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  it("refuses at once a folder that cannot be made, in one line", async () => {
    for (const dir of ["/proc/nope", "/proc/nope/deeper", "/dev/null/below"]) {
      for (const args of [["serve"], ["doctor"]]) {
        const { code, out, err } = await run(args, { DATA_DIR: dir, PORT: "0", COMPAT_PORT: "0" });
        expect([args, code, `${out}${err}`.includes(dir)]).toEqual([args, 1, true]);
        if (args[0] === "serve") expect(err.trimEnd().split("\n")).toHaveLength(1);
      }
    }
  });

  it("explains a server library that cannot be loaded", async () => {
    const { code, err } = await new Running(["serve"], {}, ["--import", noSocketLibrary(folder)]).ended;
    expect(code).toBe(1);
    expect(err).toContain("uWebSockets.js, which serves HTTP and WebSocket, cannot be loaded here.");
    expect(err).toContain(`found: Node ${process.version}`);
    expect(err).not.toContain("    at ");
  });

  it("warns at every start of a server library that is not the one that was tried, and starts", async () => {
    const packages = join(folder, "node_modules");
    const library = join(packages, "uWebSockets.js");
    const installed = join(ROOT, "node_modules");
    const binary = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
    mkdirSync(library, { recursive: true });
    for (const name of readdirSync(installed))
      if (name !== "uWebSockets.js") symlinkSync(join(installed, name), join(packages, name));
    for (const name of readdirSync(join(installed, "uWebSockets.js")))
      if (!name.endsWith(".node"))
        cpSync(join(installed, "uWebSockets.js", name), join(library, name), { recursive: true });
    const bytes = readFileSync(join(installed, "uWebSockets.js", binary));
    writeFileSync(join(library, binary), Buffer.concat([bytes, Buffer.from("!")]));
    for (const name of ["run", "core.wasm"])
      cpSync(join(ROOT, "build/out", name), join(folder, "build/out", name), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    const engine = await EngineProcess.start({ DATA_DIR: "" }, { cli: join(folder, "build/out/run/cli/cli.js") });
    try {
      const warned = engine.lines.filter(({ msg }) => msg === "socket binary is not the one that was tried");
      expect(warned).toMatchObject([{ level: "warn", found: expect.stringContaining(binary) as string }]);
      expect(await engine.get("/health")).toMatchObject({ status: "healthy" });
    } finally {
      await engine.stop();
    }
  });

  it("reads the file that --config names", async () => {
    const file = join(folder, "engine.json");
    writeFileSync(file, JSON.stringify({ TIER_FAST_MS: "soon" }));
    expect((await run(["serve", "--config", file])).err).toContain('TIER_FAST_MS is "soon"');
  });
});

describe("strategy-engine doctor", () => {
  it("finds nothing broken on the machine that runs the tests, and leaves nothing behind", async () => {
    const data = join(folder, "fresh");
    const { code, out } = await run(["doctor"], { DATA_DIR: data });
    expect(out).not.toMatch(/^fail/m);
    expect(code).toBe(0);
    for (const subject of ["Node", "WebAssembly", "core", "uWebSockets.js", "Redis", "fsync", "port", "memory"]) {
      expect(out).toMatch(new RegExp(`^(ok|warn) +${subject} `, "m"));
    }
    expect(() => mkdirSync(data)).not.toThrow(); // it was not there any more
  });

  it("says of each broken thing what to do, and ends with 1", async () => {
    const file = join(folder, "a file");
    writeFileSync(file, "");
    const redisPort = await freePort();
    const { code, out } = await run(["doctor"], { DATA_DIR: file, REDIS_URL: `redis://127.0.0.1:${redisPort}` });
    expect(code).toBe(1);
    expect(out).toMatch(/^fail +disk .*\n +do: make .* writable/m);
    expect(out).toMatch(/^fail +Redis .*ECONNREFUSED.*\n +do: start it or correct REDIS_URL/m);
    expect(out).toContain("2 of ");
  });

  it("shows the settings in force, and no secret", async () => {
    const { out } = await run(["doctor"], { MAX_SYMBOLS: "77", API_KEYS: "hunter22hunter" });
    expect(out).toMatch(/^ok +settings +all are allowed; set: .*MAX_SYMBOLS=77/m);
    expect(out).toMatch(/^warn +settings +API_KEYS has 1 of fewer than 16 characters/m);
    for (const { env } of describeSettings()) expect(out).toMatch(new RegExp(`^ {2}${env} +\\S`, "m"));
    expect(out).toMatch(/^ {2}MAX_SYMBOLS +77$/m);
    expect(out).not.toContain("hunter22");
  });

  it("sees bad settings and goes on with the defaults", async () => {
    const { code, out } = await run(["doctor"], { PORT: "http", COMPAT_PORT: "0" });
    expect(code).toBe(1);
    expect(out).toMatch(/^fail +settings .*PORT is "http"/m);
    expect(out).toMatch(/^ok +Node/m);
  });

  it("gets through to a Redis that needs a password, and does not show it", async () => {
    const redis = await RedisServer.create({ directives: ["--requirepass", "hunter22"] });
    const url = `redis://:hunter22@127.0.0.1:${redis.port}/0`;
    const { out } = await run(["doctor", "--json"], { REDIS_URL: url });
    await redis.remove();
    const findings = JSON.parse(out) as { level: string; subject: string; found: string }[];
    const found = findings.find(({ subject }) => subject === "Redis");
    expect(found?.level).toBe("ok");
    expect(found?.found).toContain("connected and subscribed");
    expect(out).not.toContain("hunter22");
  });
});

describe("strategy-engine replay and import", () => {
  it("say that there is no journal", async () => {
    const { code, err } = await run(["replay"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^strategy-engine: .*journal is not there; .*--data-dir\n$/);
    expect((await run(["replay"], { DATA_DIR: "" })).err).toContain("--data-dir");
  });

  it("replays what serve has recorded, and finds it equal", async () => {
    const engine = new Running(["serve"], { DEMO: "on" });
    await engine.lines.find((line) => line.includes('"msg":"ready"'));
    engine.signal("SIGTERM");
    const ended = await engine.ended;
    expect(stopFault(ended.code, linesOf(ended.out))).toBeNull();
    expect(ended.err).toContain("a synthetic market runs");
    const { code, out } = await run(["replay", "--from-start", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { events: number; mismatches: unknown[]; signalHash: string };
    expect(report.events).toBeGreaterThan(0);
    expect(report.mismatches).toEqual([]);
    expect(report.signalHash).toMatch(/^[0-9a-f]{16}$/);
  });

  it("refuse options that make no sense", async () => {
    expect((await run(["replay", "--from", "noon"])).err).toContain("number of an event");
    expect((await run(["replay", "--from", "1", "--from-start"])).err).toContain("cannot be used with");
    expect(await run(["replay", "--from", "9", "--to", "9"])).toMatchObject({
      code: 1,
      err: "strategy-engine: --from 9 must be below --to 9\n",
    });
    expect((await run(["replay", "--workers", "9"])).err).toContain("from 1 to 8");
    expect((await run(["import", "--interval-ms", "soon", "x.csv"])).err).toContain("milliseconds");
  });

  it("put a file into the journal, which replay then computes again", async () => {
    const rows = Array.from(
      { length: 300 },
      (_, n) => `${1_640_995_200 + n},${(50_000 * 1.002 ** n).toFixed(4)},${1_000 + n}`,
    );
    const file = join(folder, "btcusd.csv");
    writeFileSync(file, ["timestamp,price,volume", ...rows, "1640999999,-1,5", ""].join("\n"));
    const dry = JSON.parse((await run(["import", "--journal", "--dry-run", "--json", file])).out) as Record<
      string,
      unknown
    >;
    expect(dry).toMatchObject({ accepted: 300, rejected: 1, nextSequence: null });
    const { code, out, err } = await run(["import", "--journal", file]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^accepted +300 ticks/m);
    expect(out).toContain("btcusd.csv:302: ");
    const replayed = await run(["replay", "--json"]);
    expect(replayed.code).toBe(0);
    const printed = (await run(["replay", "--print", "--from", "40"])).out.trimEnd().split("\n");
    expect(printed[0]).toMatch(/^40 /);
    expect(printed.some((line) => / trade BTCUSD price=50000 volume=1000 /.test(line))).toBe(true);
    const toNobody = spawn("sh", ["-c", `"$0" "$1" replay --print | true`, process.execPath, CLI], {
      env: { PATH: "/usr/bin:/bin", DATA_DIR: folder },
      stdio: ["ignore", "ignore", "pipe"],
    });
    expect(await toNobody.stderr.setEncoding("utf8").toArray()).toEqual([]);
    expect((await run(["replay", "--from", "1000000"])).err).toContain("is behind the journal");
    const report = JSON.parse(replayed.out) as { signals: number; marksChecked: number; mismatches: unknown[] };
    expect(report.signals).toBeGreaterThan(0);
    expect(report.marksChecked).toBeGreaterThan(0);
    expect(report.mismatches).toEqual([]);
  });

  it("promises no synthetic market where real ticks have come before", async () => {
    writeFileSync(join(folder, "one.ndjson"), '{"symbol":"ETHUSD","price":1000}\n');
    expect((await run(["import", "--journal", "one.ndjson"])).code).toBe(0);
    const engine = new Running(["serve"], { DEMO: "on" });
    await engine.lines.find((line) => line.includes('"msg":"ready"'));
    engine.signal("SIGTERM");
    expect((await engine.ended).err).toMatch(/^strategy-engine is ready\n(?![^]*synthetic market)/);
  });

  it("put the segments of another journal into this one, and what is good of a torn one", async () => {
    const ticks = Array.from({ length: 200 }, (_, n) => `{"symbol":"ETHUSD","price":${1_000 + n},"bid":9,"ask":10}\n`);
    writeFileSync(join(folder, "ticks.ndjson"), ticks.join(""));
    expect((await run(["import", "--journal", "ticks.ndjson"])).code).toBe(0);
    const segment = join(folder, "journal", "0".repeat(20) + ".journal");
    expect((await run(["import", "--journal", segment])).err).toContain("already in this engine's journal");
    const here = { DATA_DIR: join(folder, "second") };
    const { code, out, err } = await run(["import", "--journal", "--json", segment], here);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ accepted: 200, rejected: 0, skipped: 0 });
    const printed = (await run(["replay", "--print"], here)).out;
    expect(printed.match(/ trade ETHUSD /g)).toHaveLength(200);
    expect((await run(["replay", "--json"], here)).code).toBe(0);
    truncateSync(segment, statSync(segment).size - 10);
    const torn = await run(["import", "--journal", segment], { DATA_DIR: join(folder, "third") });
    expect(torn.code).toBe(1);
    expect(torn.err).toMatch(/could not be read to its end: the events from \d+ on .* ends inside a block/);
  });

  it("name the kinds of file that can be read", async () => {
    writeFileSync(join(folder, "ticks.xml"), "<x/>");
    const { code, err } = await run(["import", "--journal", "ticks.xml"]);
    expect(code).toBe(1);
    expect(err).toContain(".csv, .ndjson");
    expect(err).not.toContain("    at ");
  });

  it("name the files that are not there", async () => {
    const { code, err } = await run(["import", "nowhere.csv"]);
    expect(code).toBe(1);
    expect(err).toContain("no such file: nowhere.csv");
  });
});
