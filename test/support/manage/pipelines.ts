// What tests of deployments share: strategies of each fate, and waiting for a pipeline to come to a state.
import { eventually } from "../eventually.ts";
import { RSI_CODE, strategyCode } from "../strategy-code.ts";
import type { EngineProcess } from "../engine-process.ts";
import { type Message, register } from "./engine.ts";

/** All stages and steps, on a machine that is busy with other work. */
const PATIENCE_MS = 240_000;
const LANGUAGE = "assemblyscript";
/** A run of about ten seconds: whatever needs a thread of the runs waits behind it. */
const LONG_RUN = { strategy_type: "mean_reversion", duration_days: 3_650 };

export { RSI_CODE, strategyCode };

export async function create(engine: EngineProcess, code: string = RSI_CODE, fields: object = {}): Promise<string> {
  const body = { strategy_name: "tried", code, language: LANGUAGE, ...fields };
  const made = await engine.ask("POST", "/strategies", body);
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return String(made.body["strategy_id"]);
}

/** One of the engine's own under an id of its own: deployed from the first moment, and needs no compiler. */
export function builtin(engine: EngineProcess): Promise<string> {
  return register(engine, { strategy_type: "moving_average_crossover" });
}

export async function deploy(engine: EngineProcess, id: string, wanted: object = {}): Promise<string> {
  const begun = await engine.ask("POST", `/strategies/${id}/deploy`, wanted);
  if (begun.status !== 200) throw new Error(JSON.stringify(begun.body));
  return String(begun.body["pipeline_id"]);
}

export async function until(engine: EngineProcess, pipelineId: string, states = /completed|failed/): Promise<Message> {
  const look = async (): Promise<Message> => (await engine.ask("GET", `/deployments/${pipelineId}/status`)).body;
  return eventually(look, ({ status }) => states.test(String(status)), PATIENCE_MS);
}

/** Until it is at this stage. */
export async function atStage(engine: EngineProcess, pipelineId: string, stage: string): Promise<void> {
  const look = (): Promise<Message> => until(engine, pipelineId, /./);
  await eventually(look, ({ current_stage: current }) => current === stage, PATIENCE_MS);
}

export async function deployed(engine: EngineProcess, id: string, wanted: object = {}): Promise<Message> {
  return until(engine, await deploy(engine, id, wanted));
}

export async function strategy(engine: EngineProcess, id: string): Promise<Message> {
  return (await engine.ask("GET", `/strategies/${id}`)).body;
}

export async function logs(engine: EngineProcess, pipelineId: string, query = ""): Promise<readonly Message[]> {
  const { body } = await engine.ask("GET", `/deployments/${pipelineId}/logs?limit=500${query}`);
  return [...(body["logs"] as readonly Message[])].reverse();
}

/** From now on every backtest waits; answers how to let them go. */
export async function busy(engine: EngineProcess): Promise<() => Promise<unknown>> {
  const { body } = await engine.ask("POST", "/backtests", LONG_RUN);
  return () => engine.ask("DELETE", `/backtests/${String(body["backtest_id"])}`);
}
