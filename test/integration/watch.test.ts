// `strategy-engine watch` against a running engine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { wireSignal } from "../../src/domain/signal.ts";
import { startServer } from "../support/server/start.ts";
import { approvedBuys } from "../support/signals.ts";

const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));

interface Watching {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  stop(): void;
  /** Reads what comes first and nothing more, as `head` does. */
  leave(): Promise<void>;
}

function watch(...args: readonly string[]): Watching {
  const child = spawn(process.execPath, [CLI, "watch", ...args], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => err.push(bytes.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    pid: child.pid ?? 0,
    ended: ended.then((code) => ({ code, out: out.join(""), err: err.join("") })),
    stop: () => void child.kill("SIGINT"),
    leave: async () => {
      if (out.length === 0) await once(child.stdout, "data");
      const closed = once(child.stdout, "close");
      child.stdout.destroy();
      await closed;
    },
  };
}

describe("strategy-engine watch", () => {
  it("prints what matches the filter as it comes, and ends after --count", async () => {
    const { http, live } = startServer();
    const watching = watch("--url", http, "--symbols", "aaa", "--strategies", "momentum_rider", "--json", "-n", "3");
    await expect.poll(() => live.channels.log("signals")?.hasSubscribers).toBe(true);
    live.onApproved(approvedBuys(1, 6, ["AAA", "BBB"]));
    const { code, out, err } = await watching.ended;
    const expected = approvedBuys(1, 6, ["AAA", "BBB"]).filter(({ symbol }) => symbol === "AAA");
    const printed = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect([printed, code]).toEqual([expected.map(wireSignal), 0]);
    // The engine is asked for the symbol meanwhile, and may answer behind the third signal.
    const [listening, ...more] = err.trimEnd().split("\n");
    expect(listening).toBe(`listening to ${http} for momentum_rider, aaa`);
    expect([[], ["the engine has seen no tick of AAA yet"]]).toContainEqual(more);
  });

  it("prints lines for people, beginning with what was there", async () => {
    const { http, live } = startServer();
    live.onApproved(approvedBuys(1, 2));
    const { code, out } = await watch("--url", http, "--snapshot", "--count", "2").ended;
    expect(out).toBe(
      "10:00:00  buy   BTCUSD           momentum_rider              0.80  at 50000, stop 49000, target 51500\n".repeat(
        2,
      ),
    );
    expect(code).toBe(0);
  });

  it("ends in order at Ctrl-C", async () => {
    const { http, live } = startServer();
    const watching = watch("--url", http);
    await expect.poll(() => live.channels.log("signals")?.hasSubscribers).toBe(true);
    watching.stop();
    expect(await watching.ended).toEqual({ code: 0, out: "", err: `listening to ${http}\n` });
  });

  it("ends without a further word when nobody reads any more", async () => {
    const { http, live } = startServer();
    const watching = watch("--url", http);
    await expect.poll(() => live.channels.log("signals")?.hasSubscribers).toBe(true);
    live.onApproved(approvedBuys(1, 1));
    await watching.leave();
    live.onApproved(approvedBuys(2, 1));
    expect(await watching.ended).toMatchObject({ code: 0, err: `listening to ${http}\n` });
  });

  it("says what is wrong with an address, a key, a choice", async () => {
    const access = { required: true, authenticate: () => null };
    const { http } = startServer({ live: { access } });
    expect(await watch("--url", "nowhere").ended).toMatchObject({
      code: 1,
      err: expect.stringContaining("is no address") as unknown,
    });
    expect(await watch("--url", http, "--api-key", "x").ended).toMatchObject({
      code: 1,
      err: expect.stringContaining("does not let this client in") as unknown,
    });
    expect((await watch("--min-confidence", "2").ended).err).toContain("a number from 0 to 1");
    expect((await watch("--families", "none").ended).err).toContain("Allowed choices are");
  });
});
