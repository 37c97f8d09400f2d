// The certificate of a version: what it did on the live path, computed again by the path of backtests. Where it was soaked
// on live events, those are what is computed again; else the last day of the market of its paper trading goes through the
// code of executions first, on a simulated clock.
import { failed, ok, type Result } from "../../../domain/result.ts";
import { merge, openHistory } from "../../../history/history.ts";
import { chooseMarket, codeData, explainRun, retrace, type TapeCertificate } from "../../../research/research.ts";
import type { Tape } from "../../../simulation/simulation.ts";
import { CAPITAL, paperTape } from "../../executions/executions.ts";
import type { Trial } from "./trial.ts";

type Asked = Trial["parity"]["asked"];

const DAY_MS = 86_400_000;
const BAR_MS = 60_000;

/** The failure is a sentence. */
export async function parityOf(asked: Asked): Promise<Result<TapeCertificate, string>> {
  const { compiled, name, parameters, riskLimits, tape } = asked;
  const taped = tape === null ? await simulated(asked) : ok(tape);
  if (!taped.ok) return taped;
  // What executions do not simulate is left out of the other side as well.
  const given = { ...parameters, latency_ms: 0, careful_costs: 0 };
  const request = { name, parameters: given, riskLimits, capital: CAPITAL };
  const traced = await retrace(taped.value, request, compiled);
  return traced.ok ? traced : failed(explainRun(traced.failure));
}

async function simulated({ symbols, dataDir, ...order }: Asked): Promise<Result<Tape, string>> {
  const opened = dataDir === null ? null : openHistory(dataDir);
  const recorded = opened?.ok === true ? opened.value : null;
  const wanted = { types: [{ legs: [1, 1] as const }], symbols, spanMs: DAY_MS, intervalMs: BAR_MS };
  const { history, from, to } = chooseMarket(recorded, wanted);
  const selected = codeData(history, { ...order, symbols, from, to, capital: CAPITAL });
  if (!selected.ok) return failed(explainRun(selected.failure));
  const { datasets } = selected.value;
  return paperTape({ ...order, symbols }, (on) => merge(history, datasets, { from, to }, on));
}
