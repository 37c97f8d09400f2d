// The history of results as a page that stands alone: a row for each side of each result, with a line that rises when
// something becomes slower. Its lowest point is the fastest day, its height a factor of at least two, so that what a
// shared machine does to a figure stays small. A ring marks a day on which the answer, not the speed, has changed.
import type { Day, Kept } from "./history.ts";
import { time } from "./verdict.ts";

const [WIDTH, HEIGHT, EDGE] = [240, 32, 4];
const FACTOR_MIN = 2;
const STYLE =
  "body{font:14px system-ui,sans-serif;margin:2rem;max-width:72rem}table{border-collapse:collapse;width:100%}" +
  "td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ccc;white-space:nowrap}" +
  "td:first-child,th:first-child{text-align:left;white-space:normal}svg{display:block}" +
  "polyline{fill:none;stroke:#2563a8;stroke-width:1.5}circle{fill:#2563a8}circle.new{fill:none;stroke:#b3261e;stroke-width:2}";

interface Point {
  readonly date: string;
  readonly ns: number;
  /** The answer is not that of the day before. */
  readonly changed: boolean;
}

export function reportPage(histories: ReadonlyMap<string, readonly Day[]>): string {
  const parts = [...histories].map(([machine, days]) => section(machine, days));
  const body = parts.length > 0 ? parts.join("\n") : "<p>Nothing was measured yet: run npm run bench.</p>";
  return (
    `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Benchmarks</title><style>${STYLE}</style>\n` +
    `<h1>Benchmarks</h1>\n<p>Medians of one operation, by day. A line that rises is something that becomes slower; ` +
    `a red ring is a day on which another answer was computed. Compare days of one machine only.</p>\n${body}\n</html>\n`
  );
}

function section(machine: string, days: readonly Day[]): string {
  const names = [...new Set(days.flatMap(({ results }) => Object.keys(results)))].toSorted();
  const rows = names.flatMap((name) => {
    const labels = new Set(days.flatMap(({ results }) => Object.keys(results[name]?.medians ?? {})));
    return [...labels].map((label) => row(name, label, pointsOf(days, name, label)));
  });
  const head = "<tr><th>result</th><th>days</th><th>history</th><th>first</th><th>last</th><th>last / first</th></tr>";
  const span = `${days.length} days, ${days[0]?.date ?? "-"} to ${days.at(-1)?.date ?? "-"}`;
  return `<h2>${escaped(machine)}</h2>\n<p>${span}</p>\n<table>${head}\n${rows.join("\n")}</table>`;
}

function pointsOf(days: readonly Day[], name: string, label: string): readonly Point[] {
  const points: Point[] = [];
  let before: Kept | undefined;
  for (const { date, results } of days) {
    const kept = results[name];
    const ns = kept?.medians[label];
    if (kept === undefined || ns === undefined) continue;
    const known = before?.fingerprint !== undefined && kept.fingerprint !== undefined;
    points.push({ date, ns, changed: known && before?.fingerprint !== kept.fingerprint });
    before = kept;
  }
  return points;
}

function row(name: string, label: string, points: readonly Point[]): string {
  const [first, last] = [points[0]?.ns ?? Number.NaN, points.at(-1)?.ns ?? Number.NaN];
  const cells = [String(points.length), sparkline(points), time(first), time(last), `${(last / first).toFixed(2)} x`];
  return `<tr><td>${escaped(name)}: ${escaped(label)}</td>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

/** By the logarithm: a factor has the same height wherever it is. */
export function sparkline(points: readonly Point[]): string {
  const logs = points.map(({ ns }) => Math.log(ns));
  const low = Math.min(...logs);
  const span = Math.max(Math.log(FACTOR_MIN), Math.max(...logs) - low);
  const places = logs.map((log, index) => ({
    x: (EDGE + ((WIDTH - 2 * EDGE) * index) / Math.max(1, points.length - 1)).toFixed(1),
    y: (HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (log - low)) / span).toFixed(1),
  }));
  const dots = places.map(({ x, y }, index) => {
    const { date, ns, changed } = points[index] ?? { date: "", ns: Number.NaN, changed: false };
    const title = `<title>${date}: ${time(ns)}${changed ? ", another answer" : ""}</title>`;
    return `<circle cx="${x}" cy="${y}" r="${changed ? 4 : 2}"${changed ? ' class="new"' : ""}>${title}</circle>`;
  });
  const line = `<polyline points="${places.map(({ x, y }) => `${x},${y}`).join(" ")}"/>`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" role="img">${line}${dots.join("")}</svg>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
