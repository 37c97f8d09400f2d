// One look at a running engine: what `strategy-engine top` shows, asked for over REST with the published client. Counters
// are totals since the engine's start; rates come from two looks (`draw.ts`).
import type { ResponseOf, RestClient, RestFailure } from "../../client/client.ts";
import { ok, type Result } from "../../domain/result.ts";

export interface Look {
  /** Of this machine, monotonic, in milliseconds. */
  readonly atMs: number;
  readonly health: ResponseOf<"getHealth">;
  readonly summary: ResponseOf<"getSummary">;
  readonly components: ResponseOf<"listComponents">["components"];
  readonly signals: ResponseOf<"listSignals">["signals"];
  readonly ticks: number;
  /** Bad ticks, and messages that cannot be read. */
  readonly refused: number;
  /** That anybody was told of. */
  readonly published: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly loopP99Ms: number;
}

const SIGNALS = 8;
const MS_PER_S = 1_000;

export async function look(client: RestClient, signal?: AbortSignal): Promise<Result<Look, RestFailure>> {
  const how = signal === undefined ? {} : { signal };
  const [health, summary, components, signals, figures] = await Promise.all([
    client.call("getHealth", how),
    client.call("getSummary", how),
    client.call("listComponents", how),
    client.call("listSignals", { query: { limit: SIGNALS }, ...how }),
    client.call("getPrometheus", how),
  ]);
  if (!health.ok) return health;
  if (!summary.ok) return summary;
  if (!components.ok) return components;
  if (!signals.ok) return signals;
  if (!figures.ok) return figures;
  return ok({
    atMs: performance.now(),
    health: health.value,
    summary: summary.value,
    components: components.value.components,
    signals: signals.value.signals,
    ticks: sumOf(figures.value, "strategy_ticks_ingested_total"),
    refused: sumOf(figures.value, "strategy_ticks_rejected_total"),
    published: sumOf(figures.value, "strategy_signals_total"),
    cpuSeconds: sumOf(figures.value, "process_cpu_seconds_total"),
    memoryBytes: sumOf(figures.value, "process_resident_memory_bytes"),
    loopP99Ms: sumOf(figures.value, "nodejs_eventloop_lag_p99_seconds") * MS_PER_S,
  });
}

/** Of a family of the text exposition, over all its labels. */
export function sumOf(exposition: string, family: string): number {
  let sum = 0;
  for (const line of exposition.split("\n")) {
    if (!line.startsWith(family)) continue;
    const rest = line.slice(family.length);
    if (rest.startsWith(" ") || rest.startsWith("{")) sum += Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return sum;
}
