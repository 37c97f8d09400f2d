// What an execution that only took steps has come to, as numbers: one row for each in an array that is handed from thread
// to thread, not copied. Most executions most of the time have nothing else to tell, and there are thousands of them.
import { COURSE, type Figures, type FiguresCourse } from "./figures.ts";
import type { Course } from "./messages.ts";

export const STEP_KEY = 0;
export const STEP_SEQUENCE = 1;
export const STEP_EQUITY = 2;
export const STEP_OPEN = 3;
/** Of the reign under way. */
export const STEP_REIGN_LAST = 4;
export const STEP_REIGN_EVENTS = 5;
/** Of the point of equity, which is older than the rest of the row. */
export const STEP_TIME = 6;
export const STEP_DRAWDOWN = 7;
export const STEP_POINT = 8;
const STEP_COURSE = 9;

const WATCH = ["day", "dayStart", "last", "highest"] as const satisfies readonly (keyof Course["watch"])[];

const STEP_WATCH = STEP_COURSE + COURSE.length;
const STEP_DAY = STEP_WATCH + WATCH.length;
const STEP_OPENED = STEP_DAY + 1;
export const STEP_WIDTH = STEP_OPENED + 1;

export function writeCourse(
  rows: Float64Array,
  at: number,
  figures: Figures,
  watch: Course["watch"],
  tally: Course["tally"],
): void {
  figures.write(rows, at + STEP_COURSE);
  rows[at + STEP_DAY] = tally.day;
  rows[at + STEP_OPENED] = tally.opened;
  for (let place = 0; place < WATCH.length; place++) rows[at + STEP_WATCH + place] = watch[WATCH[place] ?? "day"];
}

export function readCourse(rows: Float64Array, at: number): Course {
  const figures: Partial<Record<keyof FiguresCourse, number>> = {};
  const watch: Partial<Record<keyof Course["watch"], number>> = {};
  for (const [place, name] of COURSE.entries()) figures[name] = rows[at + STEP_COURSE + place] ?? 0;
  for (const [place, name] of WATCH.entries()) watch[name] = rows[at + STEP_WATCH + place] ?? 0;
  const tally = { day: rows[at + STEP_DAY] ?? 0, opened: rows[at + STEP_OPENED] ?? 0 };
  return { figures, watch, tally } as Course;
}
