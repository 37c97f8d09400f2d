// The engine itself, in a process and a folder of its own: it trades nothing, follows what its signals come to, learns from
// that and says why; and its journal, computed again, has learned the same.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../command.ts";
import { EngineProcess } from "../engine-process.ts";
import { Random } from "../random.ts";
import { bar, type Chapter, percent } from "./chapter.ts";

interface Change {
  readonly what: string;
  readonly strategy_type: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly reason: string;
}
interface Bin {
  readonly confidence: number;
  readonly wins: number;
  readonly total: number;
}

const SETTINGS = { DEMO: "off", TIER_LEARNING_MS: "500", SIGNAL_COOLDOWN_MS: "0", JOURNAL_SYNC: "always" };
const SYMBOLS = 12;
const TICKS = 600;
const SLICE = 10;
const MOVE = 0.01;
const SEED = 3;
const WAIT_MS = 60_000;

export async function live(): Promise<Chapter> {
  const folder = mkdtempSync(join(tmpdir(), "demo-learning-"));
  try {
    const engine = await EngineProcess.start({ ...SETTINGS, DATA_DIR: folder });
    await feed(engine);
    await changesOf(engine);
    // What is read from here on is what it stops with.
    await engine.ask("POST", "/learning/freeze", {});
    const { changes } = (await engine.get("/learning/history")) as unknown as { readonly changes: readonly Change[] };
    const { bins } = (await engine.get("/learning/calibration")) as unknown as { readonly bins: readonly Bin[] };
    const { insights } = await engine.get("/api/learning/insights");
    await engine.stop();
    const hashes = [];
    for (let run = 0; run < 2; run++) {
      const { out } = await runCommand(folder, ["replay", "--from-start", "--json"]);
      hashes.push((JSON.parse(out) as { readonly stateHash: string }).stateHash);
    }
    const again = await EngineProcess.start({ ...SETTINGS, DATA_DIR: folder });
    const recovered = await again.line("recovered");
    hashes.push(String(recovered["state_hash"]));
    const kept = (await again.get("/api/learning/insights"))["insights"];
    await again.stop();
    return told(changes, bins, hashes, [insights, kept]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prices go nowhere, so momentum is right no more often than stop and target allow, however sure it is. */
async function feed(engine: EngineProcess): Promise<void> {
  const random = new Random(SEED);
  const prices = Array.from({ length: SYMBOLS }, (_, index) => 100 + index);
  for (let from = 0; from < TICKS; from += SLICE) {
    const ticks = Array.from({ length: SLICE * SYMBOLS }, (_, index) => {
      const symbol = index % SYMBOLS;
      const price = (prices[symbol] ?? 100) * (1 + MOVE * random.normal());
      prices[symbol] = price;
      // Crypto, because it alone is traded on every day of the week.
      return { symbol: `NOWHERE${symbol}`, price, volume: random.between(500, 1_500), asset_type: "crypto" };
    });
    await engine.post(JSON.stringify({ market_data: ticks }));
  }
}

async function changesOf(engine: EngineProcess): Promise<readonly Change[]> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const { changes } = (await engine.get("/learning/history")) as unknown as { readonly changes: readonly Change[] };
    if (changes.some(({ what }) => what === "calibration") || performance.now() > until) return changes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function told(
  changes: readonly Change[],
  bins: readonly Bin[],
  hashes: readonly string[],
  thresholds: readonly unknown[],
): Chapter {
  const [before, after] = thresholds.map((one) => JSON.stringify((one as { readonly thresholds: unknown }).thresholds));
  const outcomes = bins.reduce((sum, { total }) => sum + total, 0);
  return {
    title: "The engine",
    planted: `${SYMBOLS} symbols whose prices go nowhere, fed over HTTP; nothing else`,
    lines: [
      `  ${outcomes} signals were followed to their end:`,
      ...bins.map(
        ({ confidence, wins, total }) =>
          `    said ${percent(confidence).padStart(7)}, won ${bar(wins / total, 20)} ${wins} of ${total}`,
      ),
      ...changes.map(
        ({ what, strategy_type: of, from, to, reason }) =>
          `  ${of}: ${what} from ${short(from)} to ${short(to)}, because ${reason}`,
      ),
      `  state hash of the journal computed again: ${hashes.slice(0, 2).join(", ")}; after a restart: ${hashes[2] ?? "none"}`,
    ],
    promises: [
      {
        what: "takes back the confidence of what is not earned, and says why",
        kept: changes.some(({ what }) => what === "calibration"),
      },
      { what: "the journal computed again has learned the same, bit for bit", kept: new Set(hashes).size === 1 },
      { what: "a restart forgets nothing", kept: before === after },
    ],
  };
}

/** A map as the points that it ends with. */
function short(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const points = value as readonly (readonly [raw: number, worth: number])[];
  const last = points.at(-1);
  return last === undefined ? "as it says" : `${percent(last[0])} being worth ${percent(last[1])}`;
}
