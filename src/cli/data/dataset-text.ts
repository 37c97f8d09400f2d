// Datasets as lines for people.
import { intervalLabel, type Dataset } from "../../history/history.ts";
import { count } from "../text.ts";

/** 2020-01-31 14:30 of microseconds, in UTC. */
export function timeText(us: number): string {
  return Number.isFinite(us) ? new Date(us / 1_000).toISOString().slice(0, 16).replace("T", " ") : "-";
}

export function shapeText({ intervalMs, kind }: Dataset): string {
  return kind === "bar" ? `bar ${intervalLabel(intervalMs)}` : kind;
}

export function datasetLine(dataset: Dataset): string {
  const { from, id, rows, synthetic, to } = dataset;
  return `${id}  ${count(rows)} rows  ${timeText(from)} .. ${timeText(to)}${synthetic ? "  synthetic" : ""}`;
}
