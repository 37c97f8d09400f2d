// The gates: what may not become slower without somebody deciding so. Each states its aim, and says when it is not reached.
// A ratio is between two ways of doing the same work in one run on one machine, so it holds nearly everywhere: it fails
// below its bound, in the median of ATTEMPTS runs, and nothing is forgiven. Where more was aimed at than holds, the aim
// stands beside the bound and every run says that it is not reached. An absolute limit fails only above ABSOLUTE_SLACK
// times the aim, in the best of ATTEMPTS runs, because machines are shared; where the run has timed the machine itself, above
// that many times what the machine took, if that is more than the aim.
export const ABSOLUTE_SLACK = 4;
export const ATTEMPTS = 3;

interface Common {
  /** Benchmark file below bench/, without suffix. */
  readonly bench: string;
  /** Name of the result that it makes. */
  readonly result: string;
  readonly why: string;
  /** A command that ends well where the comparison can be made; elsewhere the gate is not measured, and says so. */
  readonly needs?: string;
}
export interface RatioGate extends Common {
  readonly kind: "ratio";
  /** The bound: below it the gate fails. */
  readonly atLeast: number;
  /** More than the bound, where more was wanted than holds. */
  readonly aim?: number;
}
export interface LimitGate extends Common {
  readonly kind: "limit";
  readonly label: string;
  readonly statistic: "medianNs" | "p99Ns";
  readonly atMostNs: number;
  /**
   * Label of what the same run takes for the same way without the engine, where the machine decides about it: the limit
   * counts from that where it is above the aim. The aim stays what it is.
   */
  readonly bare?: string;
}
export type Gate = RatioGate | LimitGate;

/** Benchmarks whose results have no fingerprint, and why; all others owe the one in bench/baseline/fingerprints.json. */
export const TIMES_ONLY: Readonly<Record<string, string>> = {
  "stream/redis-ingest": "runs by the wall clock; demands that every tick was counted and evaluated, and none refused",
  "stream/end-to-end": "runs by the wall clock; demands one signal for each tick",
  "stream/tick-to-signal":
    "runs by the wall clock; demands that all ticks are taken in, and a signal for each timed one",
  "server/rest-under-load": "answers of a live engine; demands that all ticks are taken in and all requests answered",
  "manage/executions": "runs by the wall clock; demands that the executions trade",
  "manage/emergency-stop": "runs by the wall clock; demands that every execution told its end",
  "manage/rollback": "a live engine by the wall clock; demands that the version before decides",
  "learning/fast-tier": "runs by the wall clock; demands that learning was at work",
  "dashboard/frames": "drawn by a browser; demands that a thousand signals a second came, and that none was dropped",
  "server/health": "one fixed answer, which the client reads whole",
};

const CYCLE = "kernels/cycle";
const ALL = "kernels/strategies";
/** ADR 17: an event now goes through eighteen strategies, not three. */
const EVERY = "four million events a second and core, through every strategy that wants them";
const EVENT = "kernels/event-driver";
const SCREEN = "kernels/pair-screen";
const INDICATORS = "kernels/indicators";
const DECODE = "stream/decode";
const INGEST = "stream/redis-ingest";
const END_TO_END = "stream/end-to-end";
const TICK_TO_SIGNAL = "stream/tick-to-signal";
const FULL = "tick to signal, 50,000 ticks a second";
const SANDBOX = "sandbox/strategies";
const EXECUTIONS = "manage/executions";
const ROLLBACK = "manage/rollback";
const LEFT = "to the last tick on the version that is left";
const LEARNED = "learning/inference";
const BACKTEST = "backtest/fast-path";
const SWEEP = "backtest/sweep";
const PEERS = "backtest/peers";
const GCC = "gcc --version";
const NUMBA = "numba --help";
const AHEAD = "nobody must leave for speed";
const GUIDE = [
  "momentum_rider",
  "moving_average_crossover",
  "breakout_strategy",
  "mean_reversion",
  "a strategy in AssemblyScript",
] as const;
const FRAMES = "dashboard/frames";
const CHROMIUM = "/usr/bin/chromium --version";
/** A limit fails at ABSOLUTE_SLACK times its aim: above 33.3 ms, where 30 frames a second are no longer drawn. */
const FRAME_NS = 1e9 / 30 / ABSOLUTE_SLACK;
const UNDER_LOAD = "server/rest-under-load";
const BY_HTTP = "REST under a feed of 100,000 ticks a second by HTTP";
const BY_REDIS = "REST under a feed of 100,000 ticks a second by Redis";
const REST = "a REST client waits less than 100 ms, whatever the market does";
const FLOWS = "the figures of REST hold only if 100 thousand ticks/s (less 2 %) flow meanwhile";

export const GATES: readonly Gate[] = [
  // First: what ran before in the same process teaches the compiler other shapes, and costs this one its margin.
  ratio(
    "rings/event-ring",
    "event ring: publish per 256 events / per event",
    4,
    "ingest publishes once per socket chunk because of this",
  ),
  ratio(CYCLE, "cycle f64x2 / JS", 2, "the core must be worth its second compiler"),
  ratio(CYCLE, "cycle f64x2 / scalar", 1.4, "two lanes must be worth writing kernels over lanes"),
  ratio(CYCLE, "cycle halted / moving", 0.67, "a halted market must not sink into subnormal numbers"),
  limit(
    CYCLE,
    "fast-tier evaluation",
    "f64x2",
    "medianNs",
    0.5e6,
    "a cycle is a small part of its hundred milliseconds",
  ),
  limit(CYCLE, "fast-tier evaluation", "f64x2", "p99Ns", 8e6, "the promise for the fast tier"),
  limit(
    ALL,
    "cycle: twelve strategies, 1,000 symbols, 1,000 pairs",
    "quotes and beat",
    "medianNs",
    1e6,
    "the fast and tactical tiers are a hundredth of their interval",
  ),
  limit(
    ALL,
    "cycle: twelve strategies, state in cache",
    "symbol and pair",
    "medianNs",
    500,
    "half a millisecond for a thousand is what the formulas may take",
  ),
  limit(
    ALL,
    "cycle: the same beat with the all-pairs screen",
    "beat",
    "p99Ns",
    8e6,
    "nothing that is due may take longer",
  ),
  limit(ALL, "strategic work in a fast beat", "beat", "medianNs", 2e6, "strategic work is spread, not heaped"),
  limit(ALL, "cycle: everything due, 16,000 symbols", "beat", "medianNs", 8e6, "the promise for many symbols"),
  limit(ALL, "cycle: 10,000 registered instances", "beat", "medianNs", 10e6, "thousands of instances are normal"),
  { ...ratio(CYCLE, "cycle f64x2 / C", 0.3, "native code is the limit; we stay within sight of it"), needs: GCC },
  limit(EVENT, "event: trade, one symbol", "drain", "medianNs", 100, EVERY),
  limit(EVENT, "event: quote, one symbol", "drain", "medianNs", 100, EVERY),
  limit(EVENT, "event: trade, 1,000 symbols", "drain", "medianNs", 150, EVERY),
  limit(EVENT, "event: quote, 1,000 symbols", "drain", "medianNs", 150, EVERY),
  ratio(EVENT, "event: momentum, long / short horizons", 0.8, "an event costs the same in every length of window"),
  ratio(EVENT, "event: leg of a pair, long / short window", 0.8, "an event costs the same in every length of window"),
  ratio(
    SCREEN,
    "all pairs: screen against naive JavaScript",
    30,
    "rolled moments make the screen of all pairs possible",
  ),
  ratio(INDICATORS, "indicators / JS", 1.5, "backtests live on indicators"),
  ratio(DECODE, "decode msgpack against msgpackr, 1 per message", 3, "decoding in the core is the ingest rate"),
  ratio(DECODE, "decode msgpack against msgpackr, 100 per message", 6, "decoding in the core is the ingest rate"),
  ratio(DECODE, "decode msgpack against JSON.parse, 1 per message", 6, "what a producer gains by sending msgpack"),
  ratio(DECODE, "decode msgpack against JSON.parse, 100 per message", 6, "what a producer gains by sending msgpack"),
  limit(
    INGEST,
    "redis ingest, 1 per message",
    "published to evaluated",
    "medianNs",
    1e9 / 300e3,
    "300 thousand ticks/s",
  ),
  limit(INGEST, "redis ingest, 100 per message", "published to evaluated", "medianNs", 1e9 / 3e6, "3 million ticks/s"),
  limit(
    END_TO_END,
    "end to end, 1,000 messages a second",
    "published to received",
    "medianNs",
    2e6,
    "what a user sees",
  ),
  limit(END_TO_END, "end to end, 1,000 messages a second", "published to received", "p99Ns", 8e6, "what a user sees"),
  {
    ...limit(TICK_TO_SIGNAL, FULL, "due to received", "p99Ns", 8e6, "the promise, with everything switched on"),
    bare: "due to received, Redis alone",
  },
  limit(TICK_TO_SIGNAL, FULL, "engine, processor time a tick", "medianNs", 8e3, "two fifths of a core"),
  limit(UNDER_LOAD, BY_HTTP, "request, due to answered", "p99Ns", 100e6, REST),
  limit(UNDER_LOAD, BY_HTTP, "one tick of the feed, taken in", "medianNs", 1e9 / 98e3, FLOWS),
  limit(UNDER_LOAD, BY_REDIS, "request, due to answered", "p99Ns", 100e6, REST),
  limit(UNDER_LOAD, BY_REDIS, "one tick of the feed, taken in", "medianNs", 1e9 / 98e3, FLOWS),
  limit(
    "backtest/events",
    "simulation: bars with orders / plain loop",
    "simulation",
    "medianNs",
    1e3,
    "a million bars a second with orders that work, fees and exact books",
  ),
  ratio(
    "backtest/events",
    "simulation: bars with orders / plain loop",
    0.01,
    "a venue of every order kind may cost a hundred bare loops of one rule, not more",
  ),
  ratio(BACKTEST, "backtest of a million bars / JS", 1.5, "the fast path must be worth leaving JavaScript"),
  { ...ratio(BACKTEST, "backtest of a million bars / C", 0.35, "native code is the limit here as well"), needs: GCC },
  ratio(SWEEP, "backtests of 1,008 sets: f64x2 / scalar", 1.9, "sets as lanes are why a sweep is not many backtests"),
  // 3.6 was measured: the branches of a trade are the same for four lanes as for one.
  {
    ...ratio(SWEEP, "backtests of 1,008 sets: f32x4 / scalar", 3.25, "a pre-screen in f32 must be worth its rounding"),
    aim: 3.5,
  },
  ratio(SWEEP, "backtests of 1,008 sets: f64x2 / JS", 2, "the fast path must be worth leaving JavaScript"),
  ratio(PEERS, "backtest / plain JavaScript loop", 1.5, "the fast path must be worth leaving JavaScript"),
  { ...ratio(PEERS, "backtest / pandas", 2, AHEAD), needs: NUMBA },
  { ...ratio(PEERS, "backtest / numpy", 2, AHEAD), needs: NUMBA },
  { ...ratio(PEERS, "backtests of 1008 sets / numba", 1.5, AHEAD), needs: NUMBA },
  ...GUIDE.map((strategy) =>
    limit(
      "backtest/guide",
      `backtest of the guide's size: ${strategy}`,
      "a backtest",
      "medianNs",
      0.2e9,
      "an answer before the hand is back at the keyboard",
    ),
  ),
  // Of 100 microseconds that there are for a tick at 10,000 a second.
  limit(
    EXECUTIONS,
    "executions: a tick for 5000 executions",
    "processor time",
    "medianNs",
    50e3,
    "five thousand of them take half a core at 10 thousand ticks/s",
  ),
  limit(
    EXECUTIONS,
    "executions: a tick for 200 executions of code",
    "processor time",
    "medianNs",
    50e3,
    "two hundred strategies of users beside the market",
  ),
  limit(
    "manage/emergency-stop",
    "emergency stop of 5000 executions",
    "stop to the last end",
    "medianNs",
    1e9,
    "five thousand executions are stopped within a second",
  ),
  limit(ROLLBACK, "rollback by request", LEFT, "medianNs", 100e6, "a version that is not wanted decides no longer"),
  limit(ROLLBACK, "rollback by itself", LEFT, "medianNs", 100e6, "a version that fails decides no longer"),
  limit(
    LEARNED,
    "inference logistic / JS",
    "core",
    "medianNs",
    1e3,
    "a learned model is asked at every bar of a symbol",
  ),
  limit(LEARNED, "inference trees / JS", "core", "medianNs", 5e3, "so are a hundred trees"),
  // 1 / 1.1 and 1 / 2: what learning may cost what is live.
  ratio("learning/fast-tier", "fast tier beside learning, median", 0.909, "learning must not be felt where it is fast"),
  ratio("learning/fast-tier", "fast tier beside learning, p99", 0.5, "nor in the tail"),
  // 1 / 1.15: what the counter may cost.
  ratio(SANDBOX, "sandbox: RSI, an event", 0.87, "strategies of users must cost what they compute"),
  ratio(SANDBOX, "sandbox: window of 100, an event", 0.87, "strategies of users must cost what they compute"),
  limit(
    SANDBOX,
    "sandbox: 200 strategies",
    "one bar through all",
    "medianNs",
    1e6,
    "hundreds of them run side by side",
  ),
  limit(
    "executions/crowd",
    "executions: 200 of one symbol",
    "one bar through all",
    "medianNs",
    1e6,
    "hundreds of them trade side by side",
  ),
  ...["signals", "overview"].map((page) => ({
    ...limit(
      FRAMES,
      `dashboard: 1,000 signals a second on the page ${page}`,
      "processor time of a frame, 95th of 100",
      "medianNs",
      FRAME_NS,
      "whoever looks at a busy market can scroll and type meanwhile",
    ),
    needs: CHROMIUM,
  })),
  ratio(
    "server/health",
    "GET /health, processor time per answer",
    1.5,
    "the socket library must be worth its binaries",
  ),
];

function limit(
  bench: string,
  result: string,
  label: string,
  statistic: LimitGate["statistic"],
  atMostNs: number,
  why: string,
): LimitGate {
  return { kind: "limit", bench, result, label, statistic, atMostNs, why };
}

function ratio(bench: string, result: string, atLeast: number, why: string): RatioGate {
  return { kind: "ratio", bench, result, atLeast, why };
}
