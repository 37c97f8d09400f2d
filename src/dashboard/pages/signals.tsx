// Signals as they come, with filters; of one symbol its candles, where its signals came, and of one of them entry, stop and
// target.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Interval, SECONDS, startOf } from "../bar-merge.ts";
import { useAnswer } from "../answer.ts";
import { useBars } from "../bars.ts";
import { signals } from "../feeds.ts";
import { newestFirst } from "../newest.ts";
import { seen } from "../../domain/seen.ts";
import { clock, figure, price, share, words } from "../format.ts";
import { CandleChart, type Level, type Mark } from "../parts/candle-chart.tsx";
import { StrategyLink } from "../parts/links.tsx";
import { Badge, Empty, Panel, Trouble, Unknown } from "../parts/panel.tsx";
import { Said } from "../parts/said.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { href } from "../route.ts";
import type { PageProps } from "../pages.ts";
import type { WireSignal } from "../../client/client.ts";

const SHOWN = 500;
/** Of the engine's own list, which goes back further than what came while the page is open. */
const ASKED = 500;
const ASKED_EVERY_MS = 30_000;
const KEPT = 1_000;

const TIERS = ["fast", "tactical", "strategic"] as const;

interface Wanted {
  readonly symbol: string;
  readonly type: string;
  readonly tier: "" | (typeof TIERS)[number];
  readonly action: string;
  readonly confidence: number;
}
const ALL: Wanted = { symbol: "", type: "", tier: "", action: "", confidence: 0 };

export function Signals({ item }: PageProps) {
  const [wanted, want] = useState<Wanted>(ALL);
  const [held, hold] = useState<readonly WireSignal[] | null>(null);
  const [looked, look] = useState<string | null>(null);
  const looking = useMemo(() => [...COLUMNS, levelsOf(look)], []);
  const { now, why } = useKnown(item, wanted);
  useEffect(() => hold(null), [item]);
  const known = held ?? now;
  const shown = (known ?? []).filter((one) => matches(one, wanted, item));
  return (
    <>
      <Filters wanted={wanted} want={want} symbol={item} known={known ?? []} />
      <div class="panels">
        {item === null ? null : <Chart symbol={item} signals={shown} looked={looked} />}
        <Panel
          title="Signals"
          wide
          aside={
            <>
              <span>{known === null ? "" : `${shown.length} of the last ${known.length}`}</span>
              <button type="button" aria-pressed={held !== null} onClick={() => hold(held === null ? now : null)}>
                {held === null ? "Hold" : "Go on"}
              </button>
            </>
          }
        >
          <Trouble why={why} />
          <Table
            name="Signals"
            rows={known === null ? null : shown.slice(0, SHOWN)}
            columns={item === null ? COLUMNS : looking}
            chosen={item === null ? null : looked}
            idOf={({ id }) => id}
            passing={held === null}
            empty="No signal matches. Strategies are silent until their windows are filled; the page Strategies says what each waits for."
          />
        </Panel>
      </div>
    </>
  );
}

/** Newest first: what came over the socket, and beneath it what the engine has of a symbol, strategy or tier. Null: not known. */
function useKnown(
  symbol: string | null,
  { type, tier }: Wanted,
): { readonly now: readonly WireSignal[] | null; readonly why: string | null } {
  const asked = symbol !== null || type !== "" || tier !== "";
  const query = {
    limit: ASKED,
    ...(symbol === null ? {} : { symbol: symbol.toUpperCase() }),
    ...(type === "" ? {} : { strategy: type }),
    ...(tier === "" ? {} : { tier }),
  };
  const { value, why, settled } = useAnswer("listSignals", { query }, { everyMs: ASKED_EVERY_MS, asked });
  const live = signals.value;
  const listed = asked && settled ? value : null;
  // In a busy market the socket's list is of seconds; what was found in it stays.
  const before = useRef<{ readonly of: string; readonly list: readonly WireSignal[] }>({ of: "", list: [] });
  const now = useMemo(() => {
    if (!asked) return live;
    const of = JSON.stringify(query);
    const here = (live ?? []).filter(
      (one) =>
        (symbol === null || one.symbol === symbol.toUpperCase()) &&
        (type === "" || one.type === type) &&
        (tier === "" || one.timing_tier === tier),
    );
    const all = [...here, ...(before.current.of === of ? before.current.list : []), ...(listed?.signals ?? [])];
    const list = [...new Map(all.map((one) => [one.id, one])).values()].sort(newestFirst).slice(0, KEPT);
    before.current = { of, list };
    return listed === null && list.length === 0 ? null : list;
  }, [live, listed, symbol, type, tier]);
  return { now, why: asked ? why : null };
}

/** `symbol`: the one whose page it is; what is typed into the filter is part of a name. */
function matches(one: WireSignal, wanted: Wanted, symbol: string | null): boolean {
  return (
    (symbol === null
      ? one.symbol.toLowerCase().includes(wanted.symbol.trim().toLowerCase())
      : one.symbol === symbol.toUpperCase()) &&
    (wanted.type === "" || one.type === wanted.type) &&
    (wanted.tier === "" || one.timing_tier === wanted.tier) &&
    (wanted.action === "" || one.action === wanted.action) &&
    one.confidence >= wanted.confidence
  );
}

const COLUMNS: readonly Column<WireSignal>[] = [
  { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
  { head: "Symbol", cell: ({ symbol }) => <a href={href("signals", symbol)}>{symbol}</a> },
  {
    head: "Strategy",
    // Several may be of one type; the engine's own have no id.
    cell: ({ type, strategy_id: id }) => (id === null ? words(type) : <StrategyLink id={id} name={words(type)} />),
  },
  { head: "Tier", cell: ({ timing_tier: tier }) => tier },
  { head: "Side", cell: ({ action }) => <Badge tone={action === "buy" ? "good" : "bad"}>{action}</Badge> },
  { head: "Entry", number: true, cell: ({ entry_price: entry }) => price(entry) },
  { head: "Stop", number: true, cell: ({ stop_loss: stop }) => price(stop) },
  { head: "Target", number: true, cell: ({ take_profit: target }) => price(target) },
  { head: "Confidence", number: true, cell: ({ confidence }) => share(confidence, 0) },
  { head: "Raw", number: true, cell: ({ confidence_raw: raw }) => figure(raw, 3) },
];

const levelsOf = (look: (id: string) => void): Column<WireSignal> => ({
  head: "On the chart",
  cell: ({ id }) => (
    <button type="button" onClick={() => look(id)}>
      Show
    </button>
  ),
});

interface ChartProps {
  readonly symbol: string;
  /** Newest first. */
  readonly signals: readonly WireSignal[];
  /** Of the one whose levels are shown; null: the newest. */
  readonly looked: string | null;
}

const MARKED = 60;

function Chart({ symbol, signals: all, looked }: ChartProps) {
  const [interval, choose] = useState<Interval>("5s");
  const { bars, known, why } = useBars(symbol, interval);
  const of = all.filter((one) => one.symbol === symbol.toUpperCase());
  const chosen = of.find(({ id }) => id === looked) ?? of[0];
  const last = bars.at(-1);
  return (
    <Panel
      title={`Prices of ${seen(symbol)}`}
      wide
      aside={
        <>
          {chosen === undefined ? null : <Told of={chosen} />}
          <Choice
            label="Bars"
            value={interval}
            options={INTERVALS}
            all={false}
            choose={(next) => choose(INTERVALS.find((one) => one === next) ?? "5s")}
          />
        </>
      }
    >
      <Trouble why={why} />
      {last === undefined && !known ? (
        <Unknown />
      ) : last === undefined ? (
        <Empty>Nothing was paid yet in bars of this length. Longer ones may have some.</Empty>
      ) : (
        <CandleChart
          subject={`${symbol} ${interval}`}
          summary={`${bars.length} bars of ${interval}, the last price ${price(last.close)}`}
          bars={bars}
          marks={marksOf(of, bars[0]?.timestamp ?? 0, interval, chosen)}
          levels={chosen === undefined ? [] : levels(chosen)}
        />
      )}
      <p class="muted small">
        Bars since the engine began. Chart by{" "}
        <a href="https://www.tradingview.com/" rel="noreferrer">
          TradingView Lightweight Charts™
        </a>
        .
      </p>
    </Panel>
  );
}

const INTERVALS = Object.keys(SECONDS) as readonly Interval[];

/** The signal whose levels are drawn, in words. */
function Told({ of }: { readonly of: WireSignal }) {
  const { action, timestamp, type, entry_price: entry, stop_loss: stop, take_profit: target } = of;
  return (
    <span>
      <Badge tone={action === "buy" ? "good" : "bad"}>{action}</Badge> {words(type)} at {clock(timestamp)}: entry{" "}
      {price(entry)}, stop {price(stop)}, target {price(target)}
    </span>
  );
}

function levels({ entry_price: entry, stop_loss: stop, take_profit: target }: WireSignal): readonly Level[] {
  return [
    { label: "entry", price: entry, colour: "--accent" },
    { label: "stop", price: stop, colour: "--bad" },
    { label: "target", price: target, colour: "--good" },
  ].filter((level) => Number.isFinite(level.price) && level.price > 0);
}

/** One for each bar and side, oldest first, with how many came; the one whose levels are drawn says so. */
function marksOf(
  of: readonly WireSignal[],
  from: number,
  interval: Interval,
  chosen: WireSignal | undefined,
): readonly Mark[] {
  const found = new Map<string, { readonly timestamp: number; readonly buy: boolean; count: number; shown: boolean }>();
  for (const { id, timestamp, action } of of.slice(0, MARKED)) {
    const start = startOf(timestamp, interval);
    if (start < from) continue;
    const key = `${start} ${action}`;
    const mark = found.get(key) ?? { timestamp: start, buy: action === "buy", count: 0, shown: false };
    found.set(key, { ...mark, count: mark.count + 1, shown: mark.shown || id === chosen?.id });
  }
  return [...found]
    .map(([id, { count, shown, ...mark }]) => ({
      ...mark,
      id,
      text: shown ? "shown" : count > 1 ? String(count) : "", // both are wider than a candle
    }))
    .sort((a, b) => a.timestamp - b.timestamp);
}

interface FiltersProps {
  readonly wanted: Wanted;
  readonly want: (wanted: Wanted) => void;
  readonly symbol: string | null;
  /** Whose strategies can be chosen, beside the one that is. */
  readonly known: readonly WireSignal[];
}

function Filters({ wanted, want, symbol, known }: FiltersProps) {
  const all = [...known, ...(signals.value ?? [])].map(({ type }) => type);
  const types = [...new Set([...all, wanted.type])].filter((type) => type !== "").sort();
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      {symbol === null ? (
        <label>
          Symbol
          <input
            type="search"
            value={wanted.symbol}
            onInput={({ currentTarget }) => want({ ...wanted, symbol: currentTarget.value })}
          />
          {wanted.symbol.trim() === "" ? null : (
            <a href={href("signals", wanted.symbol.trim().toUpperCase())}>
              Candles of {wanted.symbol.trim().toUpperCase()}
            </a>
          )}
        </label>
      ) : (
        <p>
          <strong>
            <Said>{symbol}</Said>
          </strong>{" "}
          <a href={href("signals")}>all symbols</a>
        </p>
      )}
      <Choice label="Strategy" value={wanted.type} options={types} choose={(type) => want({ ...wanted, type })} />
      <Choice
        label="Tier"
        value={wanted.tier}
        options={TIERS}
        choose={(tier) => want({ ...wanted, tier: TIERS.find((one) => one === tier) ?? "" })}
      />
      <Choice
        label="Side"
        value={wanted.action}
        options={["buy", "sell"]}
        choose={(action) => want({ ...wanted, action })}
      />
      <label>
        Confidence at least {share(wanted.confidence, 0)}
        <input
          type="range"
          min={0}
          max={0.9}
          step={0.05}
          value={wanted.confidence}
          onInput={({ currentTarget }) => want({ ...wanted, confidence: Number(currentTarget.value) })}
        />
      </label>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly choose: (value: string) => void;
  /** Whether none may be chosen. */
  readonly all?: boolean;
}

function Choice({ label, value, options, choose, all = true }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {all ? <option value="">all</option> : null}
        {options.map((option) => (
          <option key={option} value={option}>
            {words(option)}
          </option>
        ))}
      </select>
    </label>
  );
}
