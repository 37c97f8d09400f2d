// Where programs are told the signals of the engine's own strategies from, wherever they run. The data plane is loaded when
// the first program declares some: most never do.
import type { SignalFeeds } from "../sandbox/sandbox.ts";

export const programSignals: SignalFeeds = async (strategies, symbols) => {
  const { CoreSignals } = await import("./core-signals.ts");
  return new CoreSignals(strategies, symbols);
};
