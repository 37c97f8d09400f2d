// The catalogue as users meet it: on the command line, over HTTP and in the docs, which must say the same.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STRATEGIES } from "../../src/domain/strategies.ts";
import { EngineProcess } from "../support/engine-process.ts";

const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));
type Fields = Readonly<Record<string, unknown>>;

function strategies(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, "strategies", ...args], { env: {} }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe("the catalogue of strategies", () => {
  let engine: EngineProcess;
  const folder = mkdtempSync(join(tmpdir(), "strategies-"));
  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: folder, REDIS_URL: "" });
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is the same on the command line and at GET /strategy-types, which adds the state of the engine", async () => {
    const served = (await engine.get("/strategy-types"))["strategy_types"] as Fields[];
    const { out } = await strategies("--json");
    const printed = JSON.parse(out) as Fields[];
    expect(printed.map(({ name }) => name)).toEqual(
      served.filter((one) => one["available"] === true).map(({ name }) => name),
    );
    for (const one of printed) expect(served).toContainEqual(expect.objectContaining(one));
    expect(served).toHaveLength(18);
    for (const one of served) expect(["ready", "warming", "no_input"]).toContain(one["readiness"]);
  });

  it("explains one by its name, with every parameter", async () => {
    const { out } = await strategies("momentum_rider");
    for (const { name } of STRATEGIES.find((type) => type.name === "momentum_rider")?.parameters ?? []) {
      expect(out).toContain(name);
    }
  });

  it("shows one family alone", async () => {
    const printed = JSON.parse((await strategies("--json", "--family", "trend_following")).out) as Fields[];
    expect(new Set(printed.map(({ family }) => family))).toEqual(new Set(["trend_following"]));
  });

  it("says what is near to a name that it does not know, and fails", async () => {
    const { code, out, err } = await strategies("momentum");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe('strategy-engine: there is no strategy "momentum"; did you mean momentum_rider?\n');
  });
});
