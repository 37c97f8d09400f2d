// A bucket of orders that fills at a rate and holds a second's worth, but at least one order. What is kept of it is when it
// is full again. Pure; times in microseconds, rates in millionths of an order a second.
const SECOND_US = 1_000_000;
const MILLION = 1_000_000;

/** From order to order; Infinity for a rate of 0. */
export function stepOf(rate: number): number {
  return (SECOND_US * MILLION) / rate;
}

/** Whether one more order may pass now. */
export function inTime(due: number, now: number, rate: number): boolean {
  const step = stepOf(rate);
  // In this order: a step added to the clock would be rounded, and one order alone could be too many.
  const ahead = Math.max(0, due - now) + step;
  return ahead <= Math.max(SECOND_US, step) && step !== Number.POSITIVE_INFINITY;
}

/** How many orders may pass now. */
export function ordersLeft(due: number, now: number, rate: number): number {
  if (!inTime(due, now, rate)) return 0;
  const step = stepOf(rate);
  return Math.max(1, Math.floor((Math.max(SECOND_US, step) - Math.max(0, due - now)) / step));
}
