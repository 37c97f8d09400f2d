// Options of commands that are times or lengths of time.
import { InvalidArgumentError } from "commander";
import { parseInterval } from "../../history/history.ts";

/** 2020-01-31, or with a time of the day; without a zone it is UTC. Microseconds. */
export function time(text: string): number {
  const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) ? `${text}Z` : text;
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (!Number.isFinite(ms)) throw new InvalidArgumentError("It must be a time such as 2020-01-31 or 2020-01-31T14:00.");
  return ms * 1_000;
}

/** Milliseconds. */
export function interval(text: string): number {
  const ms = parseInterval(text);
  if (ms === null)
    throw new InvalidArgumentError("It must be a whole number of milliseconds, e.g. 60000, or 5m, 4h, 1d.");
  return ms;
}

/** Of a strategy's samples, milliseconds; 0: every event is one. */
export function sampleLength(text: string): number {
  return text === "0" ? 0 : interval(text);
}
