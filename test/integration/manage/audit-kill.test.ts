// kill -9 while 1,000 changes are on their way: each change that was acknowledged, and each that is in the store, has its
// one entry in the audit trail, and the chain is whole. The command that checks it names the first entry that is not.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import type { Row } from "../../../src/store/store.ts";
import { dataDir, startEngine } from "../../support/manage/engine.ts";
import { command } from "../../support/store/command.ts";
import type { EngineProcess } from "../../support/engine-process.ts";

interface Kept {
  readonly strategies: readonly Row[];
  readonly flags: readonly Row[];
  /** "action target version" of each entry, in their order. */
  readonly entries: readonly string[];
}

function keptIn(dir: string): Kept {
  const driver = openLibsql(join(dir, "engine.db"), true);
  try {
    const entries = driver.all("SELECT action, target, after FROM audit ORDER BY position").map((row) => {
      const after = JSON.parse(String(row["after"])) as { readonly version?: string } | null;
      return [row["action"], row["target"], after?.version ?? ""].join(" ").trimEnd();
    });
    const strategies = driver.all("SELECT strategy_id, version FROM versions");
    return { strategies, flags: driver.all("SELECT name FROM flags"), entries };
  } finally {
    driver.close();
  }
}

/** A request that the killed engine could not answer any more is none. */
async function acknowledged(
  engine: EngineProcess,
  method: string,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>> | null> {
  const asked = await engine.ask(method, path, body).catch(() => null);
  return asked?.status === 200 ? asked.body : null;
}

/** 1,000 changes at once, killed after `answers` of them; the entries that the acknowledged ones must have. */
async function changeAndKill(engine: EngineProcess, known: string, answers: number): Promise<readonly string[]> {
  let answered = 0;
  const change = async (index: number): Promise<readonly string[]> => {
    let told: string[] = [];
    if (index % 3 === 0) {
      const made = await acknowledged(engine, "POST", "/strategies", { strategy_name: `s${index}`, code: "x = 1" });
      if (made) told = [`strategy.create ${String(made["strategy_id"])} 1.0.0`];
    } else if (index % 3 === 1) {
      const made = await acknowledged(engine, "PUT", `/strategies/${known}`, { parameters: { [`p${index}`]: index } });
      if (made) told = [`strategy.update ${known} ${String(made["version"])}`];
    } else if (await acknowledged(engine, "PUT", `/feature-flags/f${index}`, { enabled: true })) {
      told = [`flag.put f${index}`];
    }
    answered += 1;
    if (answered === answers) await engine.kill();
    return told;
  };
  return (await Promise.all(Array.from({ length: 1_000 }, (_, index) => change(index)))).flat();
}

describe("the audit trail of an engine that is killed under 1,000 concurrent changes", () => {
  it.each([1, 60, 700])("has the entry of every change, once, when %i were answered", async (answers) => {
    const dir = dataDir();
    const engine = await startEngine({ DATA_DIR: dir });
    const made = await acknowledged(engine, "POST", "/strategies", { strategy_name: "known", code: "x = 1" });
    const known = String(made?.["strategy_id"]);
    const told = await changeAndKill(engine, known, answers);
    const { strategies, flags, entries } = keptIn(dir);
    expect(told.filter((entry) => !entries.includes(entry))).toEqual([]);
    const stored = [
      ...strategies.map((row) => {
        const [id, version] = [String(row["strategy_id"]), String(row["version"])];
        return `strategy.${version === "1.0.0" ? "create" : "update"} ${id} ${version}`;
      }),
      ...flags.map((row) => `flag.put ${String(row["name"])}`),
    ];
    expect([...entries].sort()).toEqual(stored.sort());
    const checked = await command(["audit", "verify"], dir);
    expect(checked).toMatchObject({ code: 0, err: "" });
    expect(checked.out).toContain(`whole: ${entries.length.toLocaleString("en-US")} entries`);
  });
});

describe("strategy-engine audit verify", () => {
  it("names the first entry that is not as it was written, also while the engine runs", async () => {
    const dir = dataDir();
    const engine = await startEngine({ DATA_DIR: dir });
    for (const name of ["one", "two", "three", "four"])
      await acknowledged(engine, "PUT", `/feature-flags/${name}`, { enabled: true });
    expect(await command(["audit", "verify"], dir)).toMatchObject({ code: 0 });
    const driver = openLibsql(join(dir, "engine.db"), true);
    driver.run("UPDATE audit SET actor = 'nobody' WHERE position = 3");
    driver.close();
    const broken = await command(["audit", "verify"], dir);
    expect(broken).toMatchObject({ code: 1, out: "" });
    expect(broken.err).toContain("entry 3 of the audit trail is changed");
    const asJson = await command(["audit", "verify", "--json"], dir);
    expect(JSON.parse(asJson.out)).toMatchObject({ whole: false, entries: 2, first_broken: { position: 3 } });
  });

  it("says what to do where there is no store", async () => {
    const nothing = await command(["audit", "verify"], join(dataDir(), "none"));
    expect(nothing).toMatchObject({ code: 1, out: "" });
    expect(nothing.err).toContain("DATA_DIR");
  });
});
