// The gates: what may not become slower without somebody deciding so. A ratio is between two ways of doing the same
// work in one run on one machine, so it holds everywhere. An absolute limit states the aim; because machines are shared
// it fails only at ABSOLUTE_SLACK times the aim, in the best of ATTEMPTS runs.
export const ABSOLUTE_SLACK = 4;
export const ATTEMPTS = 3;

interface Common {
  /** Benchmark file below bench/, without suffix. */
  readonly bench: string;
  /** Name of the result that it makes. */
  readonly result: string;
  readonly why: string;
  /** A program that the comparison needs; where it is missing the gate is not measured, and says so. */
  readonly needs?: string;
}
export interface RatioGate extends Common {
  readonly kind: "ratio";
  readonly atLeast: number;
}
export interface LimitGate extends Common {
  readonly kind: "limit";
  readonly label: string;
  readonly statistic: "medianNs" | "p99Ns";
  readonly atMostNs: number;
}
export type Gate = RatioGate | LimitGate;

const CYCLE = "kernels/cycle";
const SCREEN = "kernels/pair-screen";
const DECODE = "stream/decode";

export const GATES: readonly Gate[] = [
  ratio(CYCLE, "cycle f64x2 / JS", 2, "the core must be worth its second compiler"),
  ratio(CYCLE, "cycle f64x2 / scalar", 1.4, "two lanes must be worth writing kernels over lanes"),
  ratio(CYCLE, "cycle halted / moving", 0.67, "a halted market must not sink into subnormal numbers"),
  { ...ratio(CYCLE, "cycle f64x2 / C", 0.3, "native code is the limit; we stay within sight of it"), needs: "gcc" },
  ratio(
    SCREEN,
    "all pairs: screen against naive JavaScript",
    30,
    "rolled moments make the screen of all pairs possible",
  ),
  ratio(DECODE, "decode msgpack against msgpackr, 1 per message", 3, "decoding in the core is the ingest rate"),
  ratio(DECODE, "decode msgpack against msgpackr, 100 per message", 6, "decoding in the core is the ingest rate"),
  ratio(DECODE, "decode msgpack against JSON.parse, 1 per message", 6, "what a producer gains by sending msgpack"),
  ratio(DECODE, "decode msgpack against JSON.parse, 100 per message", 6, "what a producer gains by sending msgpack"),
  ratio(
    "server/health",
    "GET /health, processor time per answer",
    1.5,
    "the socket library must be worth its binaries",
  ),
];

function ratio(bench: string, result: string, atLeast: number, why: string): RatioGate {
  return { kind: "ratio", bench, result, atLeast, why };
}
