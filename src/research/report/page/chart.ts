// Charts as inline SVG. The drawing is stretched to the width that there is, its lines keep their width; labels are text
// beside it and keep their size, so the same page serves a phone and paper.
import { thinned } from "../thin.ts";
import { html, Markup } from "./html.ts";
import { growthTicks, timeTicks, valueTicks } from "./ticks.ts";

const WIDTH = 1_000;
const HEIGHT = 300;
const POINTS_MAX = 2_400;

export interface Line {
  readonly time: Float64Array;
  readonly value: Float64Array;
  /** CSS class: its colour. */
  readonly kind: string;
  /** Filled down to this value. */
  readonly from?: number;
}

export interface Mark {
  readonly time: number;
  readonly value: number;
  readonly kind: string;
}

export interface Stroke {
  readonly from: Mark;
  readonly to: Mark;
}

export interface Chart {
  readonly title: string;
  /** What is drawn, for those who cannot see it. */
  readonly description: string;
  readonly lines: readonly Line[];
  readonly strokes?: readonly Stroke[];
  readonly marks?: readonly Mark[];
  readonly label: (value: number) => string;
  /** Values that must be in sight. */
  readonly include?: readonly number[];
  readonly low?: boolean;
  /** Equal steps for equal growth, where everything is above 0 and the highest is many times the lowest. */
  readonly growth?: boolean;
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
}
const LOGARITHMIC_FROM = 8;

export function chart(wanted: Chart): Markup {
  const drawn = wanted.lines.map((line) => ({ line, points: thinned(line.value, POINTS_MAX) }));
  const frame = frameOf(wanted, drawn);
  if (frame === null)
    return html`<figure class="chart">
      <figcaption>${wanted.title}</figcaption>
      <p class="none">Nothing to draw.</p>
    </figure>`;
  const x = (time: number): number => (WIDTH * (time - frame.left)) / (frame.right - frame.left);
  const y = heightIn(frame);
  const levels = (frame.logarithmic ? growthTicks : valueTicks)(frame.low, frame.high, wanted.low === true ? 3 : 5);
  const times = timeTicks(frame.left, frame.right, 8);
  return html`<figure class="chart">
    <figcaption>${wanted.title}${frame.logarithmic ? ", logarithmic" : ""}</figcaption>
    <div class="plot${wanted.low === true ? " low" : ""}">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${wanted.description}">
        ${levels.map((level) => html`<path class="grid${level === 0 ? " zero" : ""}" d="M0 ${place(y(level))}H${WIDTH}" />`)}
        ${times.map(({ time }) => html`<path class="grid" d="M${place(x(time))} 0V${HEIGHT}" />`)}
        ${drawn.map(({ line, points }) => curve(line, points, x, y))} ${strokes(wanted.strokes ?? [], x, y)}
        ${marks(wanted.marks ?? [], x, y)}
      </svg>
      ${levels.map((level) => html`<span class="y" style="top:${share(y(level) / HEIGHT)}">${wanted.label(level)}</span>`)}
      ${times.map(({ time, label }, index) => html`<span class="x${index % 2 === 1 ? " odd" : ""}" style="left:${share(x(time) / WIDTH)}">${label}</span>`)}
    </div>
  </figure>`;
}

function frameOf(wanted: Chart, drawn: readonly { line: Line; points: Int32Array }[]): Frame | null {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { line, points } of drawn) {
    for (const index of points) {
      const [time, value] = [line.time[index] ?? Number.NaN, line.value[index] ?? Number.NaN];
      if (time < left) left = time;
      if (time > right) right = time;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!Number.isFinite(left) || !Number.isFinite(low)) return null;
  for (const value of wanted.include ?? []) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (wanted.growth === true && low > 0 && high / low >= LOGARITHMIC_FROM) {
    const around = { low: low * 0.93, high: high * 1.07, logarithmic: true };
    return { left, right: right > left ? right : left + 1, ...around };
  }
  const room = high > low ? 0.04 * (high - low) : Math.max(Math.abs(high) * 0.05, 1e-9);
  const [floor, ceiling] = [
    wanted.include?.includes(low) === true ? low : low - room,
    wanted.include?.includes(high) === true ? high : high + room,
  ];
  const top = ceiling > floor ? ceiling : floor + room;
  return { left, right: right > left ? right : left + 1, low: floor, high: top, logarithmic: false };
}

function heightIn({ low, high, logarithmic }: Frame): Scale {
  const along = logarithmic ? Math.log : (value: number): number => value;
  const [floor, range] = [along(low), along(high) - along(low)];
  return (value) => HEIGHT - (HEIGHT * (along(value) - floor)) / range;
}

type Scale = (value: number) => number;

function curve(line: Line, points: Int32Array, x: Scale, y: Scale): Markup {
  if (points.length === 0) return new Markup("");
  const steps = Array.from(points, (index) => `${place(x(line.time[index] ?? 0))} ${place(y(line.value[index] ?? 0))}`);
  const path = `M${steps.join("L")}${steps.length === 1 ? "h0" : ""}`;
  const edge = html`<path class="line ${line.kind}" d="${path}" />`;
  if (line.from === undefined) return edge;
  const [first, last] = [points[0] ?? 0, points.at(-1) ?? 0];
  const base = place(y(line.from));
  const closed = `${path}L${place(x(line.time[last] ?? 0))} ${base}L${place(x(line.time[first] ?? 0))} ${base}Z`;
  return html`<path class="area ${line.kind}" d="${closed}" />${edge}`;
}

/** One path a kind: many marks, few elements. A line without length and with round ends is a dot. */
function marks(all: readonly Mark[], x: Scale, y: Scale): readonly Markup[] {
  return byKind(all.map((mark) => [mark.kind, `M${place(x(mark.time))} ${place(y(mark.value))}h0`] as const)).map(
    ([kind, path]) => html`<path class="mark ${kind}" d="${path}" />`,
  );
}

function strokes(all: readonly Stroke[], x: Scale, y: Scale): readonly Markup[] {
  const path = ({ from, to }: Stroke): string =>
    `M${place(x(from.time))} ${place(y(from.value))}L${place(x(to.time))} ${place(y(to.value))}`;
  return byKind(all.map((stroke) => [stroke.from.kind, path(stroke)] as const)).map(
    ([kind, joined]) => html`<path class="stroke ${kind}" d="${joined}" />`,
  );
}

function byKind(parts: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const paths = new Map<string, string[]>();
  for (const [kind, path] of parts) {
    const list = paths.get(kind) ?? [];
    list.push(path);
    paths.set(kind, list);
  }
  return [...paths].map(([kind, list]) => [kind, list.join("")]);
}

export interface Bar {
  readonly label: string;
  readonly count: number;
  readonly kind: string;
}

/** Columns side by side; every `every`th is labelled. */
export function bars(title: string, description: string, columns: readonly Bar[], every: number): Markup {
  const highest = Math.max(1, ...columns.map(({ count }) => count));
  const width = WIDTH / Math.max(1, columns.length);
  const levels = valueTicks(0, highest, 4).filter(Number.isInteger);
  const y = (count: number): number => HEIGHT - (HEIGHT * 0.96 * count) / highest;
  const one = ({ count, kind }: Bar, index: number): Markup =>
    html`<rect
      class="bar ${kind}"
      x="${place((index + 0.08) * width)}"
      width="${place(width * 0.84)}"
      y="${place(y(count))}"
      height="${place(HEIGHT - y(count))}"
    />`;
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <div class="plot">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${description}">
        ${levels.map((level) => html`<path class="grid" d="M0 ${place(y(level))}H${WIDTH}" />`)} ${columns.map(one)}
      </svg>
      ${levels.map((level) => html`<span class="y" style="top:${share(y(level) / HEIGHT)}">${level.toLocaleString("en-US")}</span>`)}
      ${columns.flatMap(({ label }, index) => (index % every === 0 ? [html`<span class="x${(index / every) % 2 === 1 ? " odd" : ""}" style="left:${share((index + 0.5) / columns.length)}">${label}</span>`] : []))}
    </div>
  </figure>`;
}

function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}
function share(value: number): string {
  return `${Math.round(value * 10_000) / 100}%`;
}
