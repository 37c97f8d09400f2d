// How much an exchange behind ccxt is asked for. Amounts are cut to whole lots there, so one that adding up or a division has
// left a little below a lot would lose that lot: 0.29 / 0.01, or 1000.3 less 1000. It is the lot that it is next to. Where
// lots are not known no more than a division leaves is rounded away: never more is sold than there is. Pure.
import type { CcxtExchange, CcxtMarket } from "./ccxt.ts";

const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;
/** Part of a lot by which an amount that was meant to be on it may be off. */
const SLACK = 1e-6;
/** Of a whole number of lots. */
const DIGITS = 15;
/** Of an amount whose lots are not known, where what is beyond them is dust, as a share. */
const DIGITS_FREE = 12;
const DUST = 1e-14;

/** In contracts, or coins; null: it is not known. */
export function lotOf({ precisionMode }: CcxtExchange, { precision }: CcxtMarket): number | null {
  const step = precision?.amount ?? Number.NaN;
  const lot = precisionMode === TICK_SIZE ? step : precisionMode === DECIMAL_PLACES ? 10 ** -step : Number.NaN;
  return lot > 0 ? lot : null;
}

export function amountOf(amount: number, lot: number | null): number {
  if (lot !== null) {
    const lots = Math.round(amount / lot);
    if (Math.abs(lots - amount / lot) <= SLACK) return Number((lots * lot).toPrecision(DIGITS));
  }
  const whole = Number(amount.toPrecision(DIGITS_FREE));
  return Math.abs(whole - amount) <= DUST * amount ? whole : amount;
}
