// Candles with what signals said of them (lightweight-charts): where they came, and of one of them entry, stop and
// target as lines. Times are epoch seconds, shown in the reader's own zone. The library's own mark would bring its own
// style sheet, which the engine's policy for pages forbids; the page names it in words instead.
import { useEffect, useRef } from "preact/hooks";
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  LineStyle,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { price } from "../format.ts";
import { theme } from "../theme.ts";

export interface Bar {
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** A signal where it came. */
export interface Mark {
  readonly id: string;
  /** Start of its bar. */
  readonly timestamp: number;
  readonly buy: boolean;
  readonly text: string;
}

export interface Level {
  readonly label: string;
  readonly price: number;
  /** A colour of the style sheet. */
  readonly colour: string;
}

interface CandleChartProps {
  readonly summary: string;
  readonly bars: readonly Bar[];
  readonly marks: readonly Mark[];
  readonly levels: readonly Level[];
  /** Another one is another chart: it is shown from its newest bar. */
  readonly subject: string;
}

interface Drawn {
  readonly chart: IChartApi;
  readonly series: ISeriesApi<"Candlestick">;
  readonly marks: ISeriesMarkersPluginApi<Time>;
  lines: readonly IPriceLine[];
  /** Whether its first bars have had their width. */
  spaced: boolean;
}

const HEIGHT = 340;
/** Of a bar; few of them are wider, so that their marks stand apart. */
const BAR_PX = 9;
const BAR_PX_MAX = 24;
/** Right of the newest bar, where the names of levels stand. */
const OFFSET_BARS = 5;

export function CandleChart({ summary, bars, marks, levels, subject }: CandleChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const shades = theme.value;
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    drawn.current = draw(current);
    return () => {
      drawn.current?.chart.remove();
      drawn.current = null;
    };
  }, [shades, subject]);
  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    current.series.setData(bars.map(atTime));
    if (!current.spaced && bars.length > 0) space(current, bars.length);
  }, [bars, shades, subject]);
  useEffect(() => drawn.current?.marks.setMarkers(marks.map(markOf)), [marks, shades, subject]);
  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    for (const line of current.lines) current.series.removePriceLine(line);
    current.lines = levels.map(({ label, price: at, colour }) =>
      current.series.createPriceLine({
        price: at,
        title: label,
        color: shade(colour),
        lineWidth: 2,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
      }),
    );
  }, [JSON.stringify(levels), shades, subject]);
  return <div class="candles" role="img" aria-label={summary} ref={box} />;
}

function draw(box: HTMLElement): Drawn {
  const chart = createChart(box, {
    autoSize: true,
    height: HEIGHT,
    layout: {
      attributionLogo: false,
      background: { color: shade("--panel") },
      textColor: shade("--muted"),
      fontFamily: "system-ui, sans-serif",
    },
    grid: { vertLines: { color: shade("--rule") }, horzLines: { color: shade("--rule") } },
    rightPriceScale: { borderColor: shade("--rule"), scaleMargins: { top: 0.15, bottom: 0.15 } },
    timeScale: {
      borderColor: shade("--rule"),
      timeVisible: true,
      rightOffset: OFFSET_BARS,
      barSpacing: BAR_PX,
      tickMarkFormatter: local,
    },
    localization: { priceFormatter: price, timeFormatter: local },
  });
  const [up, down] = [shade("--good"), shade("--bad")];
  const series = chart.addSeries(CandlestickSeries, {
    upColor: up,
    borderUpColor: up,
    wickUpColor: up,
    downColor: down,
    borderDownColor: down,
    wickDownColor: down,
    lastValueVisible: true,
    priceLineVisible: false,
  });
  return { chart, series, marks: createSeriesMarkers(series, []), lines: [], spaced: false };
}

/** Once: what somebody has zoomed to stays. */
function space(drawn: Drawn, bars: number): void {
  const scale = drawn.chart.timeScale();
  const fits = scale.width() / (bars + 2 * OFFSET_BARS);
  drawn.spaced = true;
  scale.applyOptions({ barSpacing: Math.min(BAR_PX_MAX, Math.max(BAR_PX, fits)) });
}

function shade(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function local(time: Time): string {
  return typeof time === "number" ? new Date(time * 1_000).toLocaleTimeString("en-GB") : "";
}

function atTime({ timestamp, open, high, low, close }: Bar) {
  return { time: timestamp as UTCTimestamp, open, high, low, close };
}

function markOf({ id, timestamp, buy, text }: Mark) {
  return {
    id,
    time: timestamp as UTCTimestamp,
    position: buy ? ("belowBar" as const) : ("aboveBar" as const),
    shape: buy ? ("arrowUp" as const) : ("arrowDown" as const),
    color: shade(buy ? "--good" : "--bad"),
    text,
  };
}
