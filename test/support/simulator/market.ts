// The feed of a simulation: ticks of a few symbols with trends, in both encodings, and between them everything that a
// feed does wrong: garbage, half messages, impossible numbers, times from the past and the future, too many symbols.
import { Packr } from "msgpackr";
import type { Random } from "../random.ts";

const NAMES = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD", "USDJPY", "AAPL", "MSFT", "XAUUSD", "BTCEUR", "SPX"];
const BURST = 1_500;

export class Market {
  private readonly random: Random;
  private readonly prices: number[] = NAMES.map((_, place) => 20 * (place + 1));
  private readonly drifts: number[] = NAMES.map(() => 0);
  private readonly packr = new Packr({ useRecords: false });

  constructor(random: Random) {
    this.random = random;
  }

  /** One message; `wallMs`: what the sender's clock says. */
  message(wallMs: number): Uint8Array {
    const { random } = this;
    const kind = random.next();
    if (kind < 0.02) return this.garbage();
    const count = kind < 0.025 ? BURST : 1 + random.integer(8);
    const ticks = Array.from({ length: count }, () => this.tick(wallMs));
    const value = random.next() < 0.5 ? { market_data: ticks } : ticks;
    const bytes = random.next() < 0.5 ? Buffer.from(JSON.stringify(value)) : this.packr.pack(value);
    return random.next() < 0.01 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
  }

  private garbage(): Uint8Array {
    return Uint8Array.from({ length: 1 + this.random.integer(200) }, () => this.random.integer(256));
  }

  private tick(wallMs: number): Record<string, unknown> {
    const { random } = this;
    const place = random.integer(NAMES.length);
    if (random.next() < 0.03) this.drifts[place] = 0.003 * random.normal();
    const move = (this.drifts[place] ?? 0) + 0.001 * random.normal();
    const price = (this.prices[place] = Math.min(1e6, Math.max(1e-3, (this.prices[place] ?? 1) * (1 + move))));
    const tick: Record<string, unknown> = { symbol: NAMES[place], price, volume: random.between(0, 50) };
    const fault = random.next();
    if (fault < 0.3) Object.assign(tick, { bid: price * 0.9998, ask: price * 1.0002 });
    else if (fault < 0.31) tick["price"] = [Number.NaN, -1, 0, 1e300, "12", null][random.integer(6)];
    else if (fault < 0.32) tick["symbol"] = `NEW${random.integer(40)}USD`;
    else if (fault < 0.34) tick["timestamp"] = wallMs / 1_000 + random.between(-90_000, 90_000);
    else if (fault < 0.36) {
      const at = wallMs / 1_000;
      Object.assign(tick, { timestamp: at, available_at: at + random.between(0, 5) });
    } else if (fault < 0.37) {
      Object.assign(tick, { kind: "news", sentiment: random.between(-1, 1), headline: "profit rises, loss feared" });
    } else if (fault < 0.38) Object.assign(tick, { kind: "funding", funding_rate: random.between(-0.01, 0.01) });
    return tick;
  }
}
