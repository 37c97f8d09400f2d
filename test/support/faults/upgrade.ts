// The data folder of an engine of an earlier version, which was killed with SIGKILL, under the engine of today. That
// engine, commit cd18cf4, had 900 acknowledged ticks with the volumes 1 to 900, a registered momentum_rider, a strategy
// in Python, a flag, a corrected instrument, and an execution that its restart had ended; it was stopped once and started
// again before it was killed.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineProcess } from "../engine-process.ts";
import type { Fault, Stage } from "./stage.ts";

const ARCHIVE = fileURLToPath(new URL("../../../../../test/support/faults/earlier-version.tar.gz", import.meta.url));
const TICKS = 900;
const EVENTS = 1_574;
const [REGISTERED, OWN] = ["strat_GO0P7aunVN1D2K", "strat_WJ3NH3URL6VABm"];

export const UPGRADE_FAULTS: readonly Fault[] = [
  {
    name: "upgrade",
    fault: "DATA_DIR of an earlier version (version 10 of the tables), whose engine was killed with SIGKILL",
    promised:
      "ticks, strategies, flags, instruments and executions are there, and the journal gives the same signals as before",
    run: upgrade,
  },
];

export async function upgrade(stage: Stage): Promise<void> {
  execFileSync("tar", ["xzf", ARCHIVE, "-C", stage.dir]);
  const engine = await stage.recovers();
  const { next_sequence: events, marks_checked: marks, mismatches } = await engine.line("recovered");
  const { upgraded_from: from } = await engine.line("store opened");
  stage.say(`${String(events)} events, ${String(marks)} marks of signals, ${String(mismatches)} differ`);
  stage.say(`the database was version ${String(from)}`);
  stage.holds(events === EVENTS, `${String(events)} events are left of ${EVENTS}`);
  stage.holds(Number(marks) > 0 && mismatches === 0, `${String(mismatches)} of ${String(marks)} marks differ`);
  await facts(stage, engine);
  const fault = await engine.stopsInOrder();
  stage.holds(fault === null, `the stop ${fault ?? ""}`);
  stage.acknowledged(new Set(Array.from({ length: TICKS }, (_, index) => index + 1)));
}

/** What its API must still say. */
async function facts(stage: Stage, engine: EngineProcess): Promise<void> {
  const has = async (path: string, expected: Readonly<Record<string, unknown>>): Promise<void> => {
    const { status, body } = await engine.ask("GET", path);
    const found = Object.keys(expected).map((field) => body[field]);
    const same = JSON.stringify(found) === JSON.stringify(Object.values(expected));
    stage.holds(status === 200 && same, `${path} answers ${status}, ${JSON.stringify(found)}`);
  };
  await has(`/strategies/${OWN}`, { strategy_name: "mine", version: "1.0.0", status: "draft" });
  await has(`/strategies/${REGISTERED}`, { status: "deployed" });
  await has("/instruments/OLD0USD", { tick_size: 0.5 });
  await has("/symbols/OLD4USD", { ticks: 180 });
  await has("/executions/exec_8tuacCslydF687", { status: "stopped", stop_reason: "engine_restart" });
  const { feature_flags: flags } = await engine.get("/feature-flags");
  const [flag] = flags as readonly Readonly<Record<string, unknown>>[];
  stage.holds(flag?.["name"] === "kept" && flag["rollout_percent"] === 50, `the flag is ${JSON.stringify(flag)}`);
  const { count } = (await engine.get("/signals?limit=100")) as { readonly count: number };
  stage.say(`${count} newest signals shown`);
  stage.holds(count === 100, `${count} of the last 100 signals are shown`);
}
