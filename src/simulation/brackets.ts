// Stop and target of an entry: placed when it is filled, for what is filled, as a pair of which one cancels the other.
// They are held where orders are filled, so no latency passes. Inside a bar only the stop counts at once after an entry
// inside it: the target's side of the bar may have been before the entry. After an entry at the open both count.
import type { EpochUs, Price } from "../domain/units.ts";
import { roundedDown, roundedUp } from "./instrument-terms.ts";
import type { Market } from "./market.ts";
import type { OrderRequest } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

/** Where in an event a fill happens: what is placed then may still act in the same bar, or only later. */
export type Moment = "open" | "inside" | "end";

/** Where fills are made: which event this one is in, and numbers for orders. */
interface Place {
  readonly event: number;
  readonly moment: Moment;
  nextId(): number;
}

/** Pairs of brackets are numbered below zero, so that they never meet the pairs that callers number. */
export function pairOf(entry: WorkingOrder): number {
  return -entry.id;
}

/**
 * The pair to which a further fill of the entry is added: the newest, as long as all of it waits here. What is at a real
 * venue stays as large as it is there, so that the rest gets a pair of its own.
 */
export function openPair({ children }: WorkingOrder): readonly WorkingOrder[] {
  const living = children.filter(({ over }) => !over);
  const newest = living.at(-1)?.oco;
  const pair = living.filter(({ oco }) => oco === newest);
  return pair.some(({ sent }) => sent) ? [] : pair;
}

/** The orders that a fill of an entry brings into force. */
export function bracketOf(
  market: Market,
  entry: WorkingOrder,
  quantity: number,
  price: Price,
  time: EpochUs,
  place: Place,
): readonly WorkingOrder[] {
  const { event, moment } = place;
  return requests(market, entry, quantity, price).map((request) => {
    const isTarget = request.kind === "limit";
    const first = moment === "open" || (moment === "inside" && !isTarget) ? event : event + 1;
    const order = new WorkingOrder(place.nextId(), request, time, Number.NEGATIVE_INFINITY, first);
    if (moment !== "open") order.trailFrom = event + 1;
    order.resting = isTarget;
    order.bornAt = price;
    order.move("working");
    return order;
  });
}

/** Beside a pair that is not over the next one has a number of its own: that of an order that is no entry. */
function freePair(entry: WorkingOrder): number {
  const newest = entry.children.findLast(({ over }) => !over);
  return newest === undefined ? pairOf(entry) : -newest.id;
}

function requests(market: Market, entry: WorkingOrder, quantity: number, price: Price): readonly OrderRequest[] {
  const { bracket, sign, symbol } = entry;
  if (bracket === null) return [];
  const { tick } = market.terms;
  const level = (value: number): number => (bracket.of === "entry" ? value * price : value);
  const farther = (value: number): number => (sign > 0 ? roundedDown(value, tick) : roundedUp(value, tick));
  const beyond = (value: number): number => (sign > 0 ? roundedUp(value, tick) : roundedDown(value, tick));
  const common = {
    symbol,
    side: sign > 0 ? "sell" : "buy",
    quantity,
    reduceOnly: true,
    oco: freePair(entry),
  } as const;
  const made: OrderRequest[] = [];
  const { stop, target, trail } = bracket;
  if (trail !== undefined) {
    const distance = bracket.of === "entry" ? trail * price : trail;
    const following = price - sign * distance;
    const fixed = stop === undefined ? following : level(stop);
    const start = sign > 0 ? Math.max(following, fixed) : Math.min(following, fixed);
    made.push({ ...common, kind: "trailing_stop", stop: farther(start), trail: distance, purpose: "trailing" });
  } else if (stop !== undefined) made.push({ ...common, kind: "stop", stop: farther(level(stop)), purpose: "stop" });
  if (target !== undefined) made.push({ ...common, kind: "limit", limit: beyond(level(target)), purpose: "target" });
  return made;
}
