// What trades on paper: all of it as a list, one with its equity, drawdown, trades, positions and orders.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { call } from "../engine.ts";
import { changes } from "../feeds.ts";
import { clock, figure, gain, money, price, share, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Filter } from "../parts/choice.tsx";
import { Curve } from "../parts/curve.tsx";
import { Badge, Empty, Figure, Panel, State, toneOf, Trouble, Unknown } from "../parts/panel.tsx";
import { RowLink, StrategyLink } from "../parts/links.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { rowsOf, Turner, useWay } from "../paged.tsx";
import { href } from "../route.ts";
import type { PageProps } from "../pages.ts";
import type { ResponseOf } from "../../client/client.ts";

type Execution = ResponseOf<"getExecution">;

const POINTS = 600;
const MS_PER_S = 1_000;
/** Of less nobody can tell the ratio of a year. */
const DAY_MS = 86_400_000;
const ROWS = 50;
/** Of a strategy at once: as many as the engine gives. */
const POSITIONS = 500;
const STATUSES = ["all", "active", "running", "paused", "stopped", "error"] as const;
type Status = (typeof STATUSES)[number];

export function Executions({ item }: PageProps) {
  return item === null ? <All /> : <One key={item} id={item} />;
}

function All() {
  const [status, choose] = useState<Status>("all");
  const [way, go, at] = useWay();
  const query = { status, limit: ROWS, ...at };
  const answer = useAnswer("listExecutions", { query }, { when: changes.executions });
  const aside = (
    <>
      <Filter
        label="Which"
        value={status}
        options={STATUSES}
        choose={(next) => {
          choose(next);
          go([]);
        }}
      />
      <Turner way={way} go={go} answer={answer} />
    </>
  );
  return (
    <Panel title="Executions" wide aside={aside}>
      <Trouble why={answer.why} />
      <Table
        name="Executions"
        rows={rowsOf(answer, answer.value?.executions)}
        idOf={({ execution_id: id }) => id}
        empty={
          <>
            {status === "all" ? "None yet." : `None is ${words(status)}.`} A deployed strategy is started on the page{" "}
            <a href={href("strategies")}>Strategies</a>.
          </>
        }
        columns={[
          { head: "Execution", cell: ({ execution_id: id }) => <RowLink page="executions" id={id} /> },
          { head: "State", cell: ({ status }) => <State of={status} /> },
          { head: "Strategy", cell: (row) => <StrategyLink id={row.strategy_id} name={row.strategy_name} /> },
          { head: "Version", cell: ({ version }) => version },
          { head: "Since", cell: ({ start_time: start }) => clock(start) },
          { head: "Trades", number: true, cell: ({ trade_count: trades }) => figure(trades, 0) },
          { head: "Profit", number: true, cell: ({ pnl }) => <span class={toneOf(pnl)}>{gain(pnl)}</span> },
          { head: "Drawdown", number: true, cell: ({ performance_metrics: of }) => share(of.max_drawdown) },
          {
            head: "Sharpe",
            number: true,
            cell: (row) => (isYoung(row) ? "–" : figure(row.performance_metrics.sharpe_ratio)),
          },
          { head: "Refused", number: true, cell: ({ orders_refused: refused }) => figure(refused, 0) },
        ]}
      />
    </Panel>
  );
}

function One({ id }: { readonly id: string }) {
  const answer = useAnswer("getExecution", { params: { execution_id: id } }, { when: changes.executions });
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  const open = value.status === "running" || value.status === "paused";
  return (
    <>
      <p class="where">
        <a href={href("executions")}>All executions</a> / <strong>{id}</strong> <State of={value.status} /> of{" "}
        <StrategyLink id={value.strategy_id} name={value.strategy_name} /> {value.version}{" "}
        {open ? (
          <Action
            run={() => call("stopExecution", { params: { execution_id: id } })}
            done={answer.again}
            confirm="It stops deciding and its orders are cancelled. Positions are not closed: they count at their last price; at a venue they stay open."
            danger
          >
            Stop
          </Action>
        ) : null}
      </p>
      <Why execution={value} />
      <Figures execution={value} />
      <div class="panels">
        <Equity id={id} open={open} />
        <Positions id={id} strategyId={value.strategy_id} open={open} />
        <Trades id={id} open={open} />
        <Orders strategyId={value.strategy_id} open={open} />
      </div>
    </>
  );
}

function Why({ execution }: { readonly execution: Execution }) {
  const { error, stop_reason: reason, last_refusal: refusal } = execution;
  return (
    <>
      {error === null ? null : (
        <p class="banner bad">
          <Said>{error}</Said>
        </p>
      )}
      {reason === null ? null : (
        <p class="empty">
          It ended: <Said>{reason}</Said>.
        </p>
      )}
      {refusal === null ? null : (
        <p class="banner">
          Risk refused an order: <Said>{refusal}</Said>
        </p>
      )}
    </>
  );
}

function Figures({ execution }: { readonly execution: Execution }) {
  const { performance_metrics: of, pnl } = execution;
  const lacks = new Set(of.not_available);
  const known = (name: keyof typeof of, text: string): string => (lacks.has(name) ? "–" : text);
  const young = isYoung(execution);
  return (
    <dl class="figures">
      <Figure label="Profit" value={gain(pnl)} tone={toneOf(pnl)} note={`return ${share(of.total_return, 2)}`} />
      <Figure label="Trades" value={figure(execution.trade_count, 0)} />
      <Figure
        label="Sharpe ratio"
        value={young ? "–" : known("sharpe_ratio", figure(of.sharpe_ratio))}
        note={young ? "told after a day" : undefined}
      />
      <Figure label="Deepest drawdown" value={share(of.max_drawdown, 2)} />
      <Figure label="Won" value={known("win_rate", share(of.win_rate))} />
      <Figure label="Profit factor" value={figure(of.profit_factor)} />
      <Figure label="Beta" value={known("beta", figure(of.beta))} />
    </dl>
  );
}

function isYoung({ start_time: start, end_time: end }: Pick<Execution, "start_time" | "end_time">): boolean {
  return (end === null ? Date.now() : Date.parse(end)) - Date.parse(start) < DAY_MS;
}

const live = (open: boolean) => ({ everyMs: open ? 3_000 : 60_000, when: changes.executions });

function Equity({ id, open }: { readonly id: string; readonly open: boolean }) {
  const { value, why } = useAnswer(
    "getEquityCurve",
    { params: { execution_id: id }, query: { points: POINTS } },
    live(open),
  );
  const points = value?.points ?? [];
  const times = points.map(({ timestamp }) => Date.parse(timestamp) / MS_PER_S);
  return (
    <>
      <Panel title="Equity" wide>
        <Trouble why={why} />
        {points.length < 2 ? (
          value === null ? (
            <Unknown />
          ) : (
            <Empty>A curve needs two points; the first comes with the first event of its symbols.</Empty>
          )
        ) : (
          <Curve
            summary={`Equity, now ${money(points.at(-1)?.equity)}`}
            data={[times, points.map(({ equity }) => equity)]}
            lines={[{ label: "equity", fill: true }]}
            format={money}
          />
        )}
      </Panel>
      {points.length < 2 ? null : (
        <Panel title="Drawdown" wide>
          <Curve
            summary={`Drawdown, now ${share(points.at(-1)?.drawdown, 2)}`}
            data={[times, points.map(({ drawdown }) => drawdown)]}
            lines={[{ label: "drawdown", colour: "--bad", fill: true }]}
            height={120}
            format={(value) => share(value, 2)}
            atRest={[-0.01, 0]}
          />
        </Panel>
      )}
    </>
  );
}

interface PositionsProps {
  readonly id: string;
  readonly strategyId: string;
  readonly open: boolean;
}

function Positions({ id, strategyId, open }: PositionsProps) {
  const query = { strategy_id: strategyId, limit: POSITIONS };
  const { value, why } = useAnswer("listPositions", { query }, live(open));
  const found = value?.positions.filter(({ execution_id: of }) => of === id) ?? [];
  // Behind a page of those of all its executions there may be more of this one.
  const cut = value !== null && value.next_cursor !== null;
  const rows = value === null || (cut && found.length === 0) ? null : found;
  return (
    <Panel title="Positions" wide aside={cut ? `among the first ${POSITIONS} of the strategy` : undefined}>
      <Trouble why={why} />
      <Table
        name="Positions"
        rows={rows}
        idOf={({ symbol }) => symbol}
        empty="It holds nothing."
        columns={[
          { head: "Symbol", cell: ({ symbol }) => <a href={href("signals", symbol)}>{symbol}</a> },
          { head: "Quantity", number: true, cell: ({ quantity }) => figure(quantity, 6) },
          { head: "Paid", number: true, cell: ({ avg_price: paid }) => price(paid) },
          { head: "Now", number: true, cell: ({ mark_price: mark }) => price(mark) },
          {
            head: "Open profit",
            number: true,
            cell: ({ unrealized_pnl: pnl }) => <span class={toneOf(pnl)}>{gain(pnl)}</span>,
          },
        ]}
      />
    </Panel>
  );
}

function Trades({ id, open }: { readonly id: string; readonly open: boolean }) {
  const [way, go, at] = useWay();
  const request = { params: { execution_id: id }, query: { limit: ROWS, ...at } };
  const answer = useAnswer("listTrades", request, live(open));
  return (
    <Panel title="Trades" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Trades"
        rows={answer.value?.trades ?? null}
        idOf={({ trade_id: trade }) => trade}
        empty="None yet."
        columns={[
          { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
          { head: "Symbol", cell: ({ symbol }) => symbol },
          { head: "Side", cell: ({ side }) => <Badge tone={side === "BUY" ? "good" : "bad"}>{side}</Badge> },
          { head: "Quantity", number: true, cell: ({ quantity }) => figure(quantity, 6) },
          { head: "Price", number: true, cell: ({ price: paid }) => price(paid) },
          { head: "Profit", number: true, cell: ({ pnl }) => <span class={toneOf(pnl)}>{gain(pnl)}</span> },
        ]}
      />
    </Panel>
  );
}

/** Of an order that only leaves a position. */
function unprotected(symbol: string, purpose: string): string {
  return `It is a way out of the position in ${symbol} (${purpose}). The position stays open without it, and nothing takes its place.`;
}

function Orders({ strategyId, open }: { readonly strategyId: string; readonly open: boolean }) {
  const [way, go, at] = useWay();
  const answer = useAnswer("listOrders", { query: { strategy_id: strategyId, limit: ROWS, ...at } }, live(open));
  const aside = (
    <>
      of all its executions <Turner way={way} go={go} answer={answer} />
    </>
  );
  return (
    <Panel title="Orders of the strategy" wide aside={aside}>
      <Trouble why={answer.why} />
      <Table
        name="Orders"
        rows={answer.value?.orders ?? null}
        idOf={({ order_id: order }) => order}
        empty="None yet."
        columns={[
          { head: "Placed", cell: ({ created_at: at }) => clock(at) },
          { head: "Symbol", cell: ({ symbol }) => symbol },
          { head: "Side", cell: ({ side }) => <Badge tone={side === "BUY" ? "good" : "bad"}>{side}</Badge> },
          { head: "Kind", cell: ({ type }) => type.replaceAll("_", " ") },
          { head: "For", cell: ({ purpose }) => purpose },
          { head: "Quantity", number: true, cell: ({ quantity }) => figure(quantity, 6) },
          { head: "Filled", number: true, cell: ({ filled_quantity: filled }) => figure(filled, 6) },
          { head: "Price", number: true, cell: ({ price: limit, stop_price: stop }) => price(limit ?? stop) },
          {
            head: "State",
            cell: ({ status, reason }) => (
              <span title={reason ?? undefined}>
                <State of={status} />
              </span>
            ),
          },
          {
            head: "",
            cell: ({ order_id: order, status, symbol, purpose, reduce_only: leaves }) =>
              status === "pending" || status === "open" || status === "partially_filled" ? (
                <Action
                  run={() => call("cancelOrder", { params: { order_id: order } })}
                  done={answer.again}
                  {...(leaves ? { danger: true, confirm: unprotected(symbol, purpose) } : {})}
                >
                  Cancel
                </Action>
              ) : null,
          },
        ]}
      />
    </Panel>
  );
}
