// One run over history as its report tells it: whether it is to be believed, equity and drawdown, months, how results are
// distributed, where the costs went, the trades, and what all of that rests upon.
import { Fragment } from "preact";
import { seen } from "../../domain/seen.ts";
import { useAnswer } from "../answer.ts";
import { csvOf } from "../csv.ts";
import { call } from "../engine.ts";
import { changes } from "../feeds.ts";
import { clock, figure, gain, money, price, share, span, words } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Action } from "../parts/button.tsx";
import { Curve } from "../parts/curve.tsx";
import { Badge, Empty, Figure, Panel, State, toneOf, Trouble } from "../parts/panel.tsx";
import { Subject } from "../parts/links.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Download, Save } from "../parts/save.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { Verdict } from "../parts/verdict.tsx";
import { href } from "../route.ts";
import { Far } from "./research-far.tsx";
import type { ResponseOf } from "../../client/client.ts";

interface Trade {
  readonly symbol: string;
  readonly side: string;
  readonly quantity: number;
  readonly entry_time: number;
  readonly entry_price: number;
  readonly exit_time: number;
  readonly exit_price: number;
  readonly pnl: number;
  readonly fees: number;
  readonly slippage: number;
  readonly reason: string;
}

type Named = Readonly<Record<string, unknown>>;
/** Times are microseconds. */
interface Statement {
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly capital: number;
  readonly from: number;
  readonly to: number;
  readonly parameters: Named;
  readonly data: readonly {
    readonly symbol: string;
    readonly source: string;
    readonly synthetic: boolean;
    readonly rows: number;
    readonly from: number;
    readonly to: number;
    readonly hash: string;
  }[];
  readonly codeHash: string;
  readonly parameterHash: string;
  readonly dataHash: string;
  readonly engineVersion: string;
}

/** With what the contract leaves open. */
type Result = NonNullable<ResponseOf<"getBacktest">["result"]> & {
  readonly data_source?: string;
  readonly trades?: readonly Trade[];
  readonly warnings?: readonly string[];
  readonly stakes?: Named;
  readonly runs?: readonly { readonly statement: Statement; readonly figures: Named }[];
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function OneBacktest({ id }: { readonly id: string }) {
  const request = { params: { backtest_id: id } };
  const answer = useAnswer("getBacktest", request, { everyMs: 4_000, when: changes.research });
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  const { result } = value;
  return (
    <>
      <p class="where">
        <a href={href("research")}>All runs</a> / <strong>{id}</strong> of <Subject of={value} />{" "}
        <State of={value.status} /> <Far of={value} />{" "}
        {value.status === "queued" || value.status === "running" ? (
          <Action run={() => call("cancelBacktest", request)} done={answer.again}>
            Cancel
          </Action>
        ) : null}
        {result === null ? null : (
          <>
            <Download file={`${id}.html`} type="text/html" ask={() => call("getTearsheet", request)}>
              Download the tearsheet
            </Download>{" "}
            <Save file={`${id}.json`} type="application/json" text={() => `${JSON.stringify(result, null, 2)}\n`}>
              Save the result
            </Save>
          </>
        )}
      </p>
      {value.error === null ? null : (
        <p class="banner bad">
          <Said>{value.error}</Said>
        </p>
      )}
      {result === null ? (
        value.error === null ? (
          <Empty>Figures come when it is done.</Empty>
        ) : null
      ) : (
        <Report id={id} of={result} />
      )}
    </>
  );
}

function Report({ id, of }: { readonly id: string; readonly of: Result }) {
  const { warnings = [], months = [], step_bins: steps = [], trade_bins: results = [] } = of;
  return (
    <>
      {warnings.map((warning) => (
        <p key={warning} class="banner">
          <Said>{warning}</Said>
        </p>
      ))}
      <Headline of={of} />
      <div class="panels">
        <Panel title="Is it to be believed" wide>
          <Verdict of={of.verdict ?? null} none="This result was not judged." />
        </Panel>
        <Curves of={of} />
        <Panel title="Returns by month" wide>
          <Months of={months} />
        </Panel>
        <Panel title="How a step came out">
          {steps.length === 0 ? (
            <Empty>Too few steps moved.</Empty>
          ) : (
            <Bars title="Steps that moved" bins={steps} format={(value) => share(value, 3)} />
          )}
        </Panel>
        <Panel title="How a trade came out">
          {results.length === 0 ? (
            <Empty>Too few trades were closed.</Empty>
          ) : (
            <Bars title="Closed trades" bins={results} format={gain} />
          )}
        </Panel>
        <Costs of={of} />
        <Trades id={id} of={of} />
        <Rests of={of} />
      </div>
    </>
  );
}

function Headline({ of }: { readonly of: Result }) {
  const { data_source: source } = of;
  return (
    <dl class="figures">
      <Figure label="Return" value={share(of.total_return, 2)} tone={toneOf(of.total_return)} />
      <Figure label="Sharpe ratio" value={figure(of.sharpe_ratio)} />
      <Figure label="Deepest drawdown" value={share(of.max_drawdown, 2)} />
      <Figure label="Won" value={share(of.win_rate)} note={`of ${figure(of.trade_count, 0)} trades`} />
      <Figure label="Days" value={figure(of.duration_days, 0)} />
      <Figure
        label="Data"
        value={source === undefined ? "–" : <Badge tone={source === "synthetic" ? "warn" : "plain"}>{source}</Badge>}
        note={source === "synthetic" ? "a made-up market" : undefined}
      />
    </dl>
  );
}

function Curves({ of: { equity_curve: curve } }: { readonly of: Result }) {
  if (curve.length < 2) return null;
  const times = curve.map(({ timestamp }) => timestamp);
  return (
    <Panel title="Equity and drawdown" wide>
      <Curve
        summary={`Equity, at the end ${money(curve.at(-1)?.equity)}`}
        data={[times, curve.map(({ equity }) => equity)]}
        lines={[{ label: "equity", fill: true }]}
        format={money}
      />
      <Curve
        summary="Drawdown"
        data={[times, curve.map(({ drawdown }) => drawdown)]}
        lines={[{ label: "drawdown", colour: "--bad", fill: true }]}
        height={120}
        format={(one) => share(one, 1)}
        atRest={[-0.01, 0]}
      />
    </Panel>
  );
}

function Months({ of }: { readonly of: NonNullable<Result["months"]> }) {
  const cell = (value: number | null | undefined) => (
    <span class={toneOf(value)}>{value === null || value === undefined ? "" : signed(value)}</span>
  );
  return (
    <Table
      name="Returns by month"
      rows={of}
      idOf={({ year }) => String(year)}
      empty="No month has a step."
      columns={[
        { head: "Year", cell: ({ year }) => year },
        ...MONTHS.map((head, index) => ({
          head,
          number: true,
          cell: ({ months }: { readonly months: readonly (number | null)[] }) => cell(months[index]),
        })),
        { head: "All", number: true, cell: ({ total }) => cell(total) },
      ]}
    />
  );
}

/** Colour is never the only sign of a loss. */
function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${share(value, 1)}`;
}

function Costs({ of: { cost_sums: sums, costs } }: { readonly of: Result }) {
  const part = (value: number): string => (sums !== undefined && sums.gross > 0 ? share(value / sums.gross) : "–");
  const rows =
    sums === undefined
      ? []
      : ([
          ["closed trades before costs", sums.gross],
          ["fees", -sums.fees],
          ["slippage", -sums.slippage],
          ["funding and borrowing", sums.carry],
          ["closed trades after costs", sums.net],
        ] as const);
  return (
    <Panel title="Costs" wide>
      {rows.length === 0 ? null : (
        <Table
          name="Costs"
          rows={rows}
          idOf={([name]) => name}
          empty="Not known."
          columns={[
            { head: "Of the whole run", cell: ([name]) => name },
            { head: "Amount", number: true, cell: ([, value]) => <span class={toneOf(value)}>{gain(value)}</span> },
            { head: "Of the gain before costs", number: true, cell: ([, value]) => part(value) },
          ]}
        />
      )}
      <p class="muted small">Assumed:</p>
      <Pairs of={costs ?? {}} empty="no costs at all" />
    </Panel>
  );
}

function Trades({ id, of }: { readonly id: string; readonly of: Result }) {
  const { trades = [], trade_count: all } = of;
  const newest = trades.toReversed();
  const aside = (
    <>
      <span>{trades.length < all ? `the last ${trades.length} of ${figure(all, 0)}` : figure(all, 0)}</span>
      {trades.length === 0 ? null : (
        <Save file={`${id}-trades.csv`} type="text/csv" text={() => csvOf(trades.map((trade) => ({ ...trade })))}>
          Save as CSV
        </Save>
      )}
    </>
  );
  return (
    <Panel title="Trades" wide aside={aside}>
      <Table
        name="Trades"
        rows={newest}
        idOf={(trade) => `${trade.symbol} ${trade.entry_time} ${trade.exit_time} ${trade.side} ${trade.quantity}`}
        empty="No trade was closed."
        columns={[
          { head: "Symbol", cell: ({ symbol }) => symbol },
          { head: "Side", cell: ({ side }) => <Badge tone={side === "long" ? "good" : "bad"}>{side}</Badge> },
          { head: "Quantity", number: true, cell: ({ quantity }) => figure(quantity, 6) },
          { head: "In", cell: ({ entry_time: at }) => clock(at) },
          { head: "Price in", number: true, cell: ({ entry_price: paid }) => price(paid) },
          { head: "Out", cell: ({ exit_time: at }) => clock(at) },
          { head: "Price out", number: true, cell: ({ exit_price: got }) => price(got) },
          { head: "Profit", number: true, cell: ({ pnl }) => <span class={toneOf(pnl)}>{gain(pnl)}</span> },
          { head: "Fees", number: true, cell: ({ fees }) => money(fees) },
          { head: "Slippage", number: true, cell: ({ slippage }) => money(slippage) },
          { head: "Why out", cell: ({ reason }) => <Said>{reason}</Said> },
        ]}
      />
    </Panel>
  );
}

function Rests({ of: { runs = [], stakes = {} } }: { readonly of: Result }) {
  return (
    <>
      <Panel title="Figures" wide>
        {runs.map(({ statement: { strategy }, figures }) => (
          <Fragment key={strategy}>
            {runs.length > 1 ? (
              <h3>
                <Said>{words(strategy)}</Said>
              </h3>
            ) : null}
            <Pairs of={inWords(figures)} digits={6} />
          </Fragment>
        ))}
        <h3>Of the whole</h3>
        <Pairs of={stakes} />
      </Panel>
      <Panel title="What it rests upon" wide>
        <p class="muted small">
          The same statement gives the same result, bit for bit. The command line also keeps every trade and every step
          in a file, and writes tables of them: strategy-engine backtest --out, strategy-engine report.
        </p>
        {runs.map(({ statement }) => (
          <Rest key={statement.strategy} of={statement} />
        ))}
      </Panel>
    </>
  );
}

/** Lengths that the engine tells in microseconds, as people read them. */
function inWords(figures: Named): Named {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) =>
      name.endsWith("Us")
        ? [`${name.slice(0, -2)}Length`, span(value === null ? null : Number(value) / 1e6)]
        : [name, value],
    ),
  );
}

/** Microseconds of the engine, as a moment. */
const at = (us: number): string => clock(us / 1_000);

function Rest({ of }: { readonly of: Statement }) {
  const { strategy, symbols, capital, from, to, parameters, data, codeHash, parameterHash, dataHash } = of;
  return (
    <>
      <h3>
        <Said>{words(strategy)}</Said>
      </h3>
      <Pairs of={{ symbols, capital, from: at(from), to: at(to), engine: of.engineVersion, ...parameters }} />
      <Pairs of={{ code: codeHash, parameters: parameterHash, data: dataHash }} />
      <Table
        name={`Data of ${seen(words(strategy))}`}
        rows={data}
        idOf={({ symbol, hash }) => `${symbol} ${hash}`}
        empty="No data."
        columns={[
          { head: "Data", cell: ({ symbol }) => <Said>{symbol}</Said> },
          { head: "Source", cell: (one) => `${one.source}${one.synthetic ? " (synthetic)" : ""}` },
          { head: "Rows", number: true, cell: ({ rows }) => figure(rows, 0) },
          { head: "From", cell: (one) => at(one.from) },
          { head: "To", cell: (one) => at(one.to) },
          { head: "SHA-256", cell: ({ hash }) => <code>{hash}</code> },
        ]}
      />
    </>
  );
}
