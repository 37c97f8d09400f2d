// All adapters: which function of the engine answers which call of a golden case.
import type { Adapter } from "./adapter.ts";
import { arbitrage } from "./adapters/arbitrage.ts";
import { backtests } from "./adapters/backtests.ts";
import { fomc } from "./adapters/fomc.ts";
import { funding } from "./adapters/funding.ts";
import { indicatorsOfBars } from "./adapters/indicators.ts";
import { johansenTests } from "./adapters/johansen.ts";
import { kalmanFilters } from "./adapters/kalman.ts";
import { leadLags } from "./adapters/lead-lag.ts";
import { liquidity } from "./adapters/liquidity.ts";
import { peerBacktests } from "./adapters/peer-backtests.ts";
import { pairs } from "./adapters/pairs.ts";
import { regimes } from "./adapters/regime.ts";
import { relations } from "./adapters/relations.ts";
import { risk } from "./adapters/risk.ts";
import { resamples } from "./adapters/resample.ts";
import { scans } from "./adapters/scan.ts";
import { unitRoot } from "./adapters/unit-root.ts";

export const ADAPTERS: readonly Adapter[] = [
  ...unitRoot,
  ...pairs,
  ...johansenTests,
  ...kalmanFilters,
  ...regimes,
  ...scans,
  ...fomc,
  ...indicatorsOfBars,
  ...relations,
  ...risk,
  ...arbitrage,
  ...leadLags,
  ...funding,
  ...liquidity,
  ...resamples,
  ...backtests,
  ...peerBacktests,
];
