// A disk that fills up: changes are refused with a clear failure, reads go on, nothing confirmed is lost, and with space
// at hand again everything goes on by itself. A small file system of its own, so that the disk is really full.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { explain } from "../../../src/domain/failure.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { mountProblem } from "../../support/small-disk.ts";
import { addConfig, opened, putConfig, temporaryFolder, textWith } from "../../support/store/store-files.ts";

describe("a disk that is full", () => {
  const problem = mountProblem();

  it.skipIf(problem !== null)("is seen in /health and raises an alert, and the engine serves on", async () => {
    const dir = join(temporaryFolder(), "small");
    mkdirSync(dir);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", dir]);
    onTestFinished(() => void execFileSync("umount", ["-l", dir]));
    const engine = await EngineProcess.start({
      DATA_DIR: dir,
      MAX_SYMBOLS: "64",
      MAX_INSTANCES: "64",
    });
    onTestFinished(() => engine.kill());
    const text = "x".repeat(900_000);
    let refused = await engine.ask("PUT", "/config/c0", { text });
    for (let n = 1; refused.status === 200; n++) refused = await engine.ask("PUT", `/config/c${n}`, { text });
    expect(refused).toMatchObject({ status: 503, body: { error: "storage_full" } });
    expect((await engine.get("/config/c0"))["value"]).toEqual({ text });
    const { alerts } = (await engine.get("/alerts?level=critical")) as { alerts: { message: string }[] };
    expect(alerts.map(({ message }) => message)).toEqual([textWith("disk is full")]);
    execFileSync("mount", ["-o", "remount,size=200m", dir]);
    expect((await engine.ask("PUT", "/config/c0", { text: "small" })).status).toBe(200);
    await expect.poll(() => engine.get("/health")).toMatchObject({ status: "healthy", troubles: [] });
  });

  it.skipIf(problem !== null)(
    `refuses changes, answers reads, and recovers${problem === null ? "" : ` (skipped: ${problem})`}`,
    async () => {
      const dir = join(temporaryFolder(), "small");
      mkdirSync(dir);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", dir]);
      onTestFinished(() => void execFileSync("umount", ["-l", dir]));
      const store = await opened({ file: join(dir, "engine.db") });
      const text = "x".repeat(50_000);
      const kept: string[] = [];
      for (let n = 0; ; n++) {
        const outcome = await store.commit([putConfig(`large${n}`, { text }), addConfig(`beside${n}`)]);
        if (outcome.ok) kept.push(`large${n}`, `beside${n}`);
        else {
          expect(outcome.failure.code).toBe("storage_full");
          expect(explain(outcome.failure)).toContain("free some space");
          break;
        }
      }
      expect(kept.length).toBeGreaterThan(10);
      const names = async (): Promise<readonly unknown[]> =>
        (await store.query("SELECT component FROM config", [])).map((row) => row["component"]);
      expect(new Set(await names())).toEqual(new Set(kept));
      execFileSync("mount", ["-o", "remount,size=16m", dir]);
      expect(await store.commit([putConfig("again", { text })])).toEqual({ ok: true });
      expect(new Set(await names())).toEqual(new Set([...kept, "again"]));
      expect(await store.query("PRAGMA integrity_check", [])).toEqual([{ integrity_check: "ok" }]);
      expect(store.status().trouble).toBeNull();
    },
  );
});
