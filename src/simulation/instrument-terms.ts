// What the simulation has to know of a symbol besides its prices, and rounding to its steps. Rounding never helps: a
// quantity becomes smaller, a limit less willing to pay, a stop farther away.
import type { Instrument, Session } from "../domain/instrument.ts";
import type { Costs } from "./costs.ts";

export interface InstrumentTerms {
  readonly name: string;
  /** 0: any price. */
  readonly tick: number;
  /** 0: any fraction. */
  readonly lot: number;
  readonly minNotional: number;
  readonly session: Session;
  /** Where this symbol differs from the costs of the run. */
  readonly costs?: Partial<Costs>;
}

export const ROUND_THE_CLOCK: Session = { open: 0, close: 0 };

/** Terms of a symbol without steps and limits. */
export function freeTerms(name: string): InstrumentTerms {
  return { name, tick: 0, lot: 0, minNotional: 0, session: ROUND_THE_CLOCK };
}

export function termsOf(name: string, { fields, session }: Instrument): InstrumentTerms {
  return { name, tick: fields.tick_size, lot: fields.lot_size, minNotional: fields.min_notional, session };
}

/** Part of a step by which a number that was meant to be on it may be off. */
const SLACK = 1e-6;

/** The largest multiple of the lot that is not above the quantity. */
export function wholeLots(quantity: number, lot: number): number {
  if (lot <= 0) return quantity;
  return Math.floor(quantity / lot + SLACK) * lot;
}

export function roundedDown(price: number, tick: number): number {
  return tick <= 0 ? price : Math.floor(price / tick + SLACK) * tick;
}
export function roundedUp(price: number, tick: number): number {
  return tick <= 0 ? price : Math.ceil(price / tick - SLACK) * tick;
}

const DAY_US = 86_400_000_000;
const MINUTE_US = 60_000_000;

/** The first end of a session after `time`: midnight UTC for a market that is always open. */
export function sessionEnd(time: number, { close }: Session): number {
  const midnight = Math.floor(time / DAY_US) * DAY_US;
  const end = midnight + close * MINUTE_US;
  return end > time ? end : end + DAY_US;
}
