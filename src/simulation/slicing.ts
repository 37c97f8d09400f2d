// Orders that are filled in parts, so that the market is not moved by all of it at once:
//   twap           as time goes on: of `seconds` from the first event on, each twentieth brings one more twentieth of the
//                  order; what an event could not give is made up for later, and all of it is due at the end
//   participation  as volume comes: of each event at most `share` of what it traded, or of the side of the quote that would
//                  be taken; an event without volume fills nothing
// A part is a taker at the price of its event, and never beyond the limit of the order; one with a limit does not rest at it.
// What a price limit has kept from being filled in the time of a twap expires. Times in microseconds.
import type { EpochUs } from "../domain/units.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { Market } from "./market.ts";
import type { Slicing } from "./order.ts";
import type { Policy } from "./policy.ts";
import type { WorkingOrder } from "./working-order.ts";

const PARTS = 20;
const SECONDS_MAX = 86_400;
const LIMIT_BPS_MAX = 1_000;
const VOLATILITY_MAX = 10;
const US_PER_S = 1e6;

/** Units that a sliced order may take of the event under way. */
export function partOf(market: Market, order: WorkingOrder, event: number, time: EpochUs): number {
  const { slice } = order;
  if (slice === null) return Number.POSITIVE_INFINITY;
  if (slice.kind === "twap") {
    if (Number.isNaN(order.slicedFrom)) begin(order, slice.seconds, time);
    const part = (slice.seconds * US_PER_S) / PARTS;
    const parts = Math.min(PARTS, Math.floor((time - order.slicedFrom) / part) + 1);
    return parts === PARTS ? order.open : Math.max(0, (order.quantity * parts) / PARTS - order.filled);
  }
  if (order.slicedIn !== event) {
    order.slicedIn = event;
    order.slicedBefore = order.filled;
  }
  const offered = market.quoting ? (order.sign > 0 ? market.askSize : market.bidSize) : market.volume;
  return Math.max(0, slice.share * offered - (order.filled - order.slicedBefore));
}

function begin(order: WorkingOrder, seconds: number, time: EpochUs): void {
  order.slicedFrom = time;
  if (!Number.isNaN(order.limitAt)) order.expiresAt = time + seconds * US_PER_S * (1 + 1 / PARTS);
}

/** Why an order cannot be sliced this way; null when it can. */
export function slicingFault(slicing: Slicing): string | null {
  if (slicing.kind === "twap") {
    const { seconds } = slicing;
    return seconds > 0 && seconds <= SECONDS_MAX
      ? null
      : `seconds must be a number above 0 and at most ${SECONDS_MAX}, not ${seconds}`;
  }
  const { share } = slicing;
  return share > 0 && share <= 1 ? null : `share must be a number above 0 and at most 1, not ${share}`;
}

type Given = Readonly<Record<string, unknown>>;
const NAMES = ["slice", "seconds", "share", "price_limit_bps", "target_volatility"];
type ExecutionPolicy = Partial<Pick<Policy, "slicing" | "priceLimitBps" | "targetVolatility" | "periodsPerYear">>;

/** The parameter `execution` of a strategy, such as {"slice":"twap","seconds":60}. The failure continues "execution". */
export function executionPolicy(given: unknown): Result<ExecutionPolicy, string> {
  if (given === undefined || given === null) return ok({});
  if (typeof given !== "object" || Array.isArray(given))
    return failed('must be an object such as {"slice":"twap","seconds":60}');
  const fields = given as Given;
  const strange = Object.keys(fields).find((name) => !NAMES.includes(name));
  if (strange !== undefined) return failed(`has no field ${strange}; it takes ${NAMES.join(", ")}`);
  const slicing = slicingOf(fields);
  if (typeof slicing === "string") return failed(slicing);
  const priceLimitBps = numberIn(fields, "price_limit_bps", LIMIT_BPS_MAX);
  if (typeof priceLimitBps === "string") return failed(priceLimitBps);
  const targetVolatility = numberIn(fields, "target_volatility", VOLATILITY_MAX);
  if (typeof targetVolatility === "string") return failed(targetVolatility);
  return ok({ slicing, priceLimitBps, targetVolatility, periodsPerYear: null });
}

function slicingOf({ slice, seconds, share }: Given): Slicing | string | null {
  if (slice === undefined || slice === null)
    return seconds === undefined && share === undefined
      ? null
      : "needs slice with seconds or share: twap or participation";
  if (slice === "twap" && typeof seconds === "number" && share === undefined) return checked({ kind: "twap", seconds });
  if (slice === "participation" && typeof share === "number" && seconds === undefined)
    return checked({ kind: "participation", share });
  return 'must be {"slice":"twap","seconds":...} or {"slice":"participation","share":...}';
}

function checked(slicing: Slicing): Slicing | string {
  const fault = slicingFault(slicing);
  return fault === null ? slicing : `: ${fault}`;
}

function numberIn(given: Given, name: string, most: number): number | string | null {
  const value = given[name];
  if (value === undefined || value === null) return null;
  return typeof value === "number" && value > 0 && value <= most
    ? value
    : `: ${name} must be a number above 0 and at most ${most}`;
}
