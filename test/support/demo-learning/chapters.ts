// What the parts of learning make of markets whose truth is planted. Each chapter is a function of a seed.
import { Random } from "../../../src/domain/random.ts";
import type { Regime } from "../../../src/domain/regime.ts";
import { calibrated, fitCalibration, reliabilityOf } from "../../../src/learning/calibration.ts";
import { EVOLUTION, generate } from "../../../src/learning/generation.ts";
import { TRAIN, trainModel, Workbench } from "../../../src/learning/models.ts";
import { regretBound, Prod, Selection } from "../../../src/learning/selection.ts";
import { ConfidentMarket, TRUTHS } from "../learning/confident-market.ts";
import { outcomesOf } from "../learning/edges.ts";
import { plainSpecies } from "../learning/generated-market.ts";
import { falseAlarms, findPlanted, PLANTED, quantile, regimesAlong, USUAL } from "../learning/planted-regimes.ts";
import { surgeMarket } from "../learning/surge-market.ts";
import { Random as MarketRandom } from "../random.ts";
import { pieced } from "../regimes.ts";
import { bar, type Chapter, percent, strip } from "./chapter.ts";

const LETTER_BARS = 15;
const SEEDS = 10;
const DELAY_MAX = 60;
const ALARMS_MAX = 5;
const ALARM_BARS = 2_000;

export function regimes(seed: number): Chapter {
  const parts: readonly (readonly [bars: number, drift: number, sigma: number, regime: Regime])[] = [
    [600, 0, 1, "ranging"],
    [180, 1, 1, "trending"],
    [240, 0, 1, "ranging"],
    [180, 0, 2.5, "volatile"],
    [240, 0, 1, "ranging"],
    [180, 0, 0.4, "calm"],
  ];
  const closes = pieced(
    new MarketRandom(seed),
    parts.map(([bars, drift, sigma]) => [bars, drift * USUAL, sigma * USUAL]),
  );
  const truth = parts.flatMap(([bars, , , regime], part) =>
    Array.from({ length: bars + (part === 0 ? 1 : 0) }, () => regime),
  );
  const named = regimesAlong(closes).map(({ regime }) => regime);
  const rows = Object.entries(PLANTED).map(([name, planted]) => {
    const delays = Array.from({ length: SEEDS }, (_, at) => findPlanted(seed + at, planted).delay);
    return { name, median: quantile(delays, 0.5), most: quantile(delays, 0.9) };
  });
  const alarms = Array.from({ length: SEEDS }, (_, at) => falseAlarms(seed + at, ALARM_BARS));
  const rate = (1_000 * alarms.reduce((sum, one) => sum + one, 0)) / (SEEDS * ALARM_BARS);
  return {
    title: "Regimes",
    planted:
      "a market that ranges, trends, is volatile and calm in turn (T, ·, V, c; a letter is a quarter of an hour)",
    lines: [
      `  planted  ${strip(truth, LETTER_BARS)}`,
      `  found    ${strip(named, LETTER_BARS)}`,
      ...rows.map(({ name, median, most }) => `  ${name}: found after ${median} bars, nine of ten within ${most}`),
      `  false alarms in a market that only ranges: ${rate.toFixed(2)} in a thousand bars`,
    ],
    promises: [
      { what: `found within ${DELAY_MAX} bars at the median`, kept: rows.every(({ median }) => median <= DELAY_MAX) },
      { what: `at most ${ALARMS_MAX} false alarms in a thousand bars`, kept: rate <= ALARMS_MAX },
    ],
  };
}

const OUTCOMES = 2_000;
const ECE_MAX = 0.05;

export function calibration(seed: number): Chapter {
  const truth = TRUTHS["overconfident"] ?? Number;
  const [learnt, after] = [
    new ConfidentMarket(seed, truth).outcomes(OUTCOMES),
    new ConfidentMarket(seed + 1, truth).outcomes(OUTCOMES),
  ];
  const map = fitCalibration(learnt);
  const before = reliabilityOf(after);
  const told = reliabilityOf(after.map((one) => ({ ...one, confidence: calibrated(map, one.confidenceRaw) })));
  return {
    title: "Confidence",
    planted: "a strategy that is sure of itself and wins little more than chance allows",
    lines: [
      "  it says    it wins",
      ...before.bins.map(
        ({ confidence, wins, total }) =>
          `  ${percent(confidence).padStart(7)}  ${bar(wins / total, 20)} ${percent(wins / total)}`,
      ),
      "  published  it wins",
      ...told.bins.map(
        ({ confidence, wins, total }) =>
          `  ${percent(confidence).padStart(7)}  ${bar(wins / total, 20)} ${percent(wins / total)}`,
      ),
      `  mean error of ${OUTCOMES} new outcomes: ${percent(before.ece)} as it says, ${percent(told.ece)} as published`,
    ],
    promises: [
      { what: `at most ${percent(ECE_MAX)} off on outcomes that it did not learn from`, kept: told.ece <= ECE_MAX },
    ],
  };
}

const ROUNDS = 3_000;

export function selection(seed: number): Chapter {
  const strategies = ["earns_in_trends", "earns_in_ranges", "never_earns"];
  const earns: Readonly<Record<string, Regime>> = { earns_in_trends: "trending", earns_in_ranges: "ranging" };
  const mean = (strategy: string, regime: Regime): number => (earns[strategy] === regime ? 0.012 : -0.004);
  const chooser = new Selection(strategies);
  for (const outcome of outcomesOf(
    { strategies, regimes: ["trending", "ranging"], mean },
    new MarketRandom(seed),
    ROUNDS,
  ))
    chooser.take(outcome);
  const found = (["trending", "ranging"] as const).map((regime) => ({
    regime,
    optimal: chooser.optimal(regime),
    shares: chooser.shares(regime),
  }));
  const arms = strategies.length + 1;
  const [regret, squares] = regretOf(arms, seed);
  const bound = regretBound(arms, ROUNDS, squares);
  return {
    title: "Selection",
    planted: "three strategies: one earns in trends, one in ranges, one never",
    lines: found
      .flatMap(({ regime, optimal, shares }) => [
        `  while the market is ${regime}: ${optimal.map(({ strategy }) => strategy).join(", ") || "nobody"} earns`,
        ...shares.strategies.map(
          ({ strategy, share, samples }) =>
            `    ${strategy.padEnd(16)} ${bar(share, 20)} ${percent(share)} of the capital, ${samples} outcomes`,
        ),
        `    ${"cash".padEnd(16)} ${bar(shares.cash, 20)} ${percent(shares.cash)}`,
      ])
      .concat(
        `  against the best arm known beforehand, ${ROUNDS} rounds lost ${regret.toFixed(1)}; the bound is ${bound.toFixed(1)}`,
      ),
    promises: [
      {
        what: "names the one that earns in each regime, and nobody else",
        kept: found.every(
          ({ regime, optimal }) => optimal.length === 1 && earns[optimal[0]?.strategy ?? ""] === regime,
        ),
      },
      { what: "loses no more than its bound", kept: regret <= bound },
    ],
  };
}

/** One arm is a little better than noise: what not knowing it costs. */
function regretOf(arms: number, seed: number): readonly [regret: number, squares: number] {
  const [random, prod] = [new Random(seed), new Prod(arms)];
  const regrets = Array.from({ length: arms }, () => 0);
  const squares = Array.from({ length: arms }, () => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const payoffs = regrets.map((_, arm) =>
      Math.min(1, Math.max(0, 0.5 + (arm === 1 ? 0.03 : 0) + 0.4 * (random.next() - 0.5))),
    );
    const played = prod.round(payoffs);
    payoffs.forEach((value, arm) => {
      regrets[arm] = (regrets[arm] ?? 0) + value - played;
      squares[arm] = (squares[arm] ?? 0) + (value - played) ** 2;
    });
  }
  const regret = Math.max(...regrets);
  return [regret, squares[regrets.indexOf(regret)] ?? 0];
}

export function models(seed: number): Chapter {
  const bench = new Workbench();
  const [edge, noise] = [1, 0].map((strength) =>
    trainModel(bench, surgeMarket({ seed, bars: 2_500, edge: strength }), { ...TRAIN, seed }),
  );
  const inputs = edge?.importances.toSorted((a, b) => b.gain - a.gain).slice(0, 5) ?? [];
  const most = inputs[0]?.gain ?? 1;
  return {
    title: "Learned models",
    planted: "a market that rises while its volume surges, and one of pure noise",
    lines: [
      `  surges: ${edge?.evidence.sentence ?? "nothing to train on"}`,
      ...inputs.map(({ input, gain }) => `    ${input.padEnd(14)} ${bar(gain / most, 20)}`),
      `  noise:  ${noise?.evidence.sentence ?? "nothing to train on"}`,
    ],
    promises: [
      {
        what: "believes the planted edge, by the input that it was planted in",
        kept: edge?.evidence.holds === true && inputs[0]?.input === "volume_20",
      },
      { what: "does not believe noise", kept: noise?.evidence.holds === false },
    ],
  };
}

const MARKETS = 10;
const FEW = { parents: 3, children: 6, generations: 2, first: 12 };

export async function generation(seed: number): Promise<Chapter> {
  const good = await generate(
    plainSpecies({ seed, bars: 2_000, edge: 0.4 }),
    seed,
    { ledger: null, now: 0 },
    EVOLUTION,
  );
  const gone = await generate(plainSpecies({ seed, bars: 1_500, edge: 0.6, until: 300 }), seed, {
    ledger: null,
    now: 0,
  });
  let promoted = 0;
  for (let market = 1; market <= MARKETS; market++) {
    const made = await generate(
      plainSpecies({ seed: seed + market, bars: 400, edge: 0, costs: 0 }),
      market,
      { ledger: null, now: 0 },
      FEW,
    );
    if (made.ok && made.value.refusal === null) promoted += 1;
  }
  const words = (made: typeof good): string =>
    made.ok ? (made.value.refusal ?? `proposes ${JSON.stringify(made.value.best)}`) : made.failure;
  return {
    title: "The generator",
    planted: "a market with an edge, one whose edge is gone, and noise",
    lines: [
      `  edge: ${words(good)}`,
      `  gone: ${words(gone)}`,
      `  noise: ${promoted} of ${MARKETS} markets had something proposed`,
    ],
    promises: [
      { what: "proposes what an edge makes good", kept: good.ok && good.value.refusal === null },
      { what: "refuses what was fitted to the past", kept: gone.ok && gone.value.refusal !== null },
      { what: "takes luck for skill at most once", kept: promoted <= 1 },
    ],
  };
}
