// What the engine's own strategies say of the symbol at hand, for a strategy of the user's: declared once at the top of the
// file, filled anew before every event. The engine evaluates them over the events that this strategy is shown and no others,
// with their standard parameters and without a cool-down, so they are the same in a backtest, on paper and live.
//   const MOMENTUM = signal("momentum_rider");
//   ...
//   if (MOMENTUM.buy && MOMENTUM.confidence > 0.6) this.buy(MOMENTUM.confidence, MOMENTUM.stop);
export class Signal {
  /** At this event its rule to buy, to sell, or to leave what it holds spoke. */
  buy: bool = false;
  sell: bool = false;
  exit: bool = false;
  /** What it believes open: 1 long, -1 short, 0 nothing. */
  side: f64 = 0;
  /** Of its last buy or sell; stop and target are prices. NaN before the first. */
  confidence: f64 = NaN;
  stop: f64 = NaN;
  target: f64 = NaN;

  constructor(readonly name: string) {}
}

/** The regime of the symbol at hand, as the engine's core names it over the events that this strategy is shown. */
export class Regime {
  constructor(private readonly told: Signal) {}
  /** 0 unknown, 1 trending, 2 ranging, 3 volatile, 4 calm. */
  get value(): f64 {
    return this.told.side;
  }
  get probability(): f64 {
    return this.told.confidence;
  }
  /** Of a trend: 1 up, -1 down; else 0. */
  get side(): f64 {
    return this.told.stop;
  }
}

/** In the order of their declaration. */
export const SIGNALS: Signal[] = [];

/** `name`: one of the engine's strategies that follow each symbol by itself, from trades and bars; others are refused. */
export function signal(name: string): Signal {
  for (let index = 0; index < SIGNALS.length; index++) if (SIGNALS[index].name == name) return SIGNALS[index];
  const made = new Signal(name);
  SIGNALS.push(made);
  return made;
}

/** Declared once at the top of the file, as a signal is. */
export function regime(): Regime {
  return new Regime(signal("regime"));
}
