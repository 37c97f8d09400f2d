// Every rule of mean_reversion, with the text that takes it out of the kernel and the test that must then fail.
import type { AuditedRule } from "./rule.ts";

const FILE = "assembly/kernels/statistical/mean-reversion.ts";
const TEST = "test/unit/assembly/mean-reversion.test.ts";
const rule = (name: string, find: string, replace: string, test: string): AuditedRule => {
  return { strategy: "mean_reversion", rule: name, file: FILE, find, replace, test: TEST, name: test };
};

export const REVERSION_RULES: readonly AuditedRule[] = [
  rule(
    "entry far from the mean only",
    "if (!(size >= factor * parameter(instance, ENTRY_Z))) return;",
    "if (factor < 0) return;",
    "asks for |z| of at least entry_z",
  ),
  rule(
    "regime factor on the entry",
    "const factor = regimeFactor(symbol, layout.MEAN_REVERSION);",
    "const factor: f64 = symbol < 0 ? 0 : 1;",
    "asks for |z| of at least entry_z",
  ),
  rule(
    "entry with a stretched RSI only",
    "if (!(side > 0 ? rsi < parameter(instance, RSI_LOW) : rsi > parameter(instance, RSI_HIGH))) return;",
    "if (rsi < 0) return;",
    "asks for an RSI that is as stretched",
  ),
  rule(
    "entry where moves are taken back only",
    "if (!(ratio < 1) && persists) return;",
    "if (ratio < 0 && persists) return;",
    "asks for a variance ratio below 1",
  ),
  rule(
    "the Hurst exponent can stand in for the variance ratio",
    "column<f64>(cell, HURST) < 0.5);",
    "column<f64>(cell, HURST) < -1e9);",
    "asks for a variance ratio below 1",
  ),
  rule(
    "entry without direction only",
    "if (!(readyAdx(at) < parameter(instance, ADX_MAX))) return;",
    "if (readyAdx(at) < 0) return;",
    "asks for a market without direction",
  ),
  rule(
    "no entry while the slower timeframe disagrees",
    "if (hold.slowerDisagrees(cell, side, column<f64>(cell, LENGTH))) return;",
    "",
    "stays silent while the confirming timeframe",
  ),
  rule(
    "exit at the stop",
    "if (hold.stopReached(cell, price)) return waits(cell, held);",
    "",
    "stops beyond the entry",
  ),
  rule(
    "a stopped side waits",
    "if (column<f64>(cell, WAITS) == side) return;",
    "",
    "stops beyond the entry, and does not open that side again",
  ),
  rule("exit at the target", "if (hold.targetReached(cell, price)) return true;", "", "leaves at the target"),
  rule("exit at the mean", "if (held * z >= 0) return true;", "", "leaves at the mean as it then is"),
  rule(
    "exit after twice the half-life",
    "if (hold.heldSamples(cell) >= parameter(instance, TIME_STOP) * patience(cell, instance)) return waits(cell, held);",
    "if (patience(cell, instance) < 0) return true;",
    "stops after twice the half-life",
  ),
  rule(
    "stop by ATR in the other mode",
    "const byAtr = parameter(instance, STOP_MODE) != 0;",
    "const byAtr = parameter(instance, STOP_MODE) < 0;",
    "takes its stop from the ATR",
  ),
  rule(
    "confidence by the variance ratio",
    "(doubt > 1 ? 1 : doubt > 0 ? doubt : 0)",
    "(doubt > 9 ? 2 : 1)",
    "is the more confident",
  ),
  rule(
    "half-life is renewed",
    "putCell(cell, HALF_LIFE, reverts ? load<f64>(out, OU_HALF_LIFE) : 0);",
    "",
    "renews Hurst exponent and half-life",
  ),
  rule(
    "mean and squares are made exact again",
    "renew(cell, series0, window0, (rolled & 1) != 0)",
    "renew(cell, series0, window0, column<f64>(series0, TAKEN) > 20)",
    "has the z-score of the batch indicator",
  ),
];
