// Fills that were made before, booked again: those of an account, in their order, give its books, so that trading goes on
// after a restart where it ended. What stands against a fill is closed first; a fee that was paid for both is shared out.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Account } from "./account.ts";
import type { Market } from "./market.ts";
import { millionths } from "./money.ts";

export interface PastFill {
  readonly symbol: number;
  /** Negative when it was sold. */
  readonly quantity: number;
  readonly price: Price;
  readonly fee: number;
  readonly time: EpochUs;
}

export function bookAgain(account: Account, market: Market, { quantity, price, fee, time }: PastFill): void {
  const { position } = market;
  const sign = Math.sign(quantity);
  const whole = Math.abs(quantity);
  const against = Math.min(whole, Math.max(0, -sign * position.quantity));
  const charge = millionths(fee);
  const part = whole > 0 ? Math.round((charge * against) / whole) : 0;
  if (against > 0) account.reduce(position, sign * against, price, part, 0, time, "signal");
  if (whole > against) account.add(position, sign * (whole - against), price, charge - part, 0, time);
  market.known = Math.max(market.known, time);
  market.settle(price, price, price);
}
