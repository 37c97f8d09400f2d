// A curve over time (uPlot): axes in the reader's colours, a legend that follows the cursor, a text for those who do not
// see it. Redrawn when its data changes, resized with its box.
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { clock } from "../format.ts";
import { theme } from "../theme.ts";

export interface Line {
  readonly label: string;
  /** A colour of the style sheet, e.g. "--line-1". */
  readonly colour?: string;
  readonly fill?: boolean;
}

interface CurveProps {
  /** What it shows, for those who do not see it. */
  readonly summary: string;
  /** x, then one list for each line; null is a hole. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly lines: readonly Line[];
  readonly height?: number;
  /** x is epoch seconds unless this is false. */
  readonly time?: boolean;
  readonly format?: (value: number) => string;
  /** What the axis of values spans while all of them are 0; otherwise 0 to 100, which for a share is 10,000 %. */
  readonly atRest?: Span;
}
type Span = [least: number, most: number];

const HEIGHT = 180;

export function Curve({ summary, data, lines, height = HEIGHT, time = true, format, atRest }: CurveProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const shades = theme.value;
  const shape = JSON.stringify([lines, height, time]);
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const options = optionsOf(lines, { time, format, atRest });
    const made = new UPlot({ ...options, width: current.clientWidth, height }, data as UPlot.AlignedData, current);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height }));
    watch.observe(current);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, shades]);
  useEffect(() => plot.current?.setData(data as UPlot.AlignedData), [data]);
  return <div class="curve" role="img" aria-label={summary} ref={box} />;
}

/** Figures come second by second: fewer than these are not stretched over the whole width. */
const SECONDS_LEAST = 60;
const DIGIT_PX = 7.2;
/** A day or a second with room around it. */
const LABEL_PX = 90;
const DAY_S = 86_400;

function wideEnough(_: UPlot, from: number, to: number): [number, number] {
  return [Math.min(from, to - SECONDS_LEAST), to];
}

/** The legend tells the newest figures while no cursor is on the curve. */
function shownAt(of: UPlot, value: number | null, line: number, index: number | null): number | null {
  return index === null ? (of.data[line]?.at(-1) ?? null) : value;
}

/** What stands at a tick: no finer than the ticks are apart. */
function moments(at: number, step: number): string {
  const date = new Date(at * 1_000);
  if (step >= DAY_S) return date.toLocaleDateString("en-CA");
  return date.toLocaleTimeString("en-GB").slice(0, step >= 60 ? 5 : 8);
}

/** With a tenth of room around the values, as is usual. */
function spanOf(least: number, most: number, atRest: Span): Span {
  if (least === 0 && most === 0) return atRest;
  const [from, to] = UPlot.rangeNum(least, most, 0.1, true);
  return [from ?? least, to ?? most];
}

interface Look {
  readonly time: boolean;
  readonly format: CurveProps["format"];
  readonly atRest: CurveProps["atRest"];
}

function optionsOf(lines: readonly Line[], { time, format, atRest }: Look): Omit<UPlot.Options, "width" | "height"> {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--rule"), width: 1 },
    ticks: { stroke: colour("--rule"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    scales: {
      x: { time, ...(time ? { range: wideEnough } : {}) },
      ...(atRest === undefined ? {} : { y: { range: (_, least, most) => spanOf(least, most, atRest) } }),
    },
    legend: { live: true },
    cursor: { points: { size: 6 } },
    axes: [
      {
        ...axis,
        space: LABEL_PX,
        ...(time ? { values: (_, ticks, __, ___, step) => ticks.map((tick) => moments(tick, step)) } : {}),
      },
      {
        ...axis,
        size: (_, texts) => DIGIT_PX * Math.max(4, ...(texts ?? []).map(({ length }) => length)) + 18,
        space: 26,
        ...(format === undefined ? {} : { values: (_, ticks) => ticks.map(format) }),
      },
    ],
    series: [
      time ? { value: (of, at, line, index) => clock(shownAt(of, at, line, index)) } : {},
      ...lines.map((line, index) => ({
        label: line.label,
        stroke: colour(line.colour ?? `--line-${(index % 4) + 1}`),
        width: 1.5,
        points: { show: false },
        ...(line.fill === true ? { fill: `${colour(line.colour ?? `--line-${(index % 4) + 1}`)}22` } : {}),
        ...(format === undefined
          ? {}
          : {
              value: (of: UPlot, value: number | null, line: number, index: number | null) => {
                const shown = time ? shownAt(of, value, line, index) : value;
                return shown === null ? "–" : format(shown);
              },
            }),
      })),
    ],
  };
}
