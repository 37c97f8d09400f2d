// Runs over history: backtests and sweeps with their progress, and what came out.
import { useAnswer } from "../answer.ts";
import { call, role } from "../engine.ts";
import { changes } from "../feeds.ts";
import { figure, money, share, span, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Curve } from "../parts/curve.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { Badge, Empty, Figure, Panel, State, toneOf, Trouble } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Table } from "../parts/table.tsx";
import { Turner, useWay } from "../paged.tsx";
import { href } from "../route.ts";
import { Begin } from "./research-begin.tsx";
import type { PageProps } from "../pages.ts";
import type { ResponseOf } from "../../client/client.ts";

type Sweep = ResponseOf<"getSweep">;

const ROWS = 50;
const pace = { everyMs: 4_000, when: changes.research };

export function Research({ item }: PageProps) {
  if (item === null) return <All />;
  return item.startsWith("sw_") ? <OneSweep key={item} id={item} /> : <OneBacktest key={item} id={item} />;
}

function All() {
  const [way, go, at] = useWay();
  const [sweepWay, goSweeps, sweepsAt] = useWay();
  const backtests = useAnswer("listBacktests", { query: { limit: ROWS, ...at } }, pace);
  const sweeps = useAnswer("listSweeps", { query: { limit: ROWS, ...sweepsAt } }, pace);
  return (
    <div class="panels">
      {role.value === "read" ? null : <Begin />}
      <Panel title="Backtests" wide aside={<Turner way={way} go={go} answer={backtests} />}>
        <Trouble why={backtests.why} />
        <Table
          name="Backtests"
          rows={backtests.value?.backtests ?? null}
          idOf={({ backtest_id: id }) => id}
          empty="None yet."
          columns={[
            { head: "Backtest", cell: ({ backtest_id: id }) => <a href={href("research", id)}>{id}</a> },
            { head: "State", cell: ({ status }) => <State of={status} /> },
            { head: "Progress", cell: (row) => <Far of={row} /> },
            { head: "Return", number: true, cell: ({ result }) => share(result?.total_return, 2) },
            { head: "Sharpe", number: true, cell: ({ result }) => figure(result?.sharpe_ratio) },
            { head: "Trades", number: true, cell: ({ result }) => figure(result?.trade_count, 0) },
            { head: "Why it failed", cell: ({ error }) => error ?? "" },
          ]}
        />
      </Panel>
      <Panel title="Sweeps over parameters" wide aside={<Turner way={sweepWay} go={goSweeps} answer={sweeps} />}>
        <Trouble why={sweeps.why} />
        <Table
          name="Sweeps"
          rows={sweeps.value?.sweeps ?? null}
          idOf={({ sweep_id: id }) => id}
          empty="None yet."
          columns={[
            { head: "Sweep", cell: ({ sweep_id: id }) => <a href={href("research", id)}>{id}</a> },
            { head: "State", cell: ({ status }) => <State of={status} /> },
            { head: "Progress", cell: (row) => <Far of={row} /> },
            { head: "Sets", number: true, cell: ({ completed, combinations }) => `${completed} of ${combinations}` },
            { head: "Best", number: true, cell: ({ best }) => figure(best?.score, 3) },
          ]}
        />
      </Panel>
    </div>
  );
}

function settings(of: Readonly<Record<string, unknown>>): string {
  return Object.entries(of)
    .map(([name, value]) => `${words(name)} ${figure(value, 6)}`)
    .join(", ");
}

function Far({ of }: { readonly of: { readonly progress: number; readonly eta_seconds?: number | undefined } }) {
  return (
    <>
      <progress aria-label="how far" max={1} value={of.progress} /> {share(of.progress, 0)}
      {of.eta_seconds === undefined ? "" : `, ${span(of.eta_seconds)} left`}
    </>
  );
}

/** What has a place of its own. */
const APART = new Set([
  "equity_curve",
  "trades",
  "certificate",
  "statement",
  "total_return",
  "sharpe_ratio",
  "max_drawdown",
  "win_rate",
  "trade_count",
  "duration_days",
  "data_source",
  "costs",
]);

function OneBacktest({ id }: { readonly id: string }) {
  const answer = useAnswer("getBacktest", { params: { backtest_id: id } }, pace);
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  const { result } = value;
  const curve = result?.equity_curve ?? [];
  const times = curve.map(({ timestamp }) => timestamp);
  const figures = Object.entries(result ?? {}).filter(([key]) => !APART.has(key));
  return (
    <>
      <p class="where">
        <a href={href("research")}>All runs</a> / <strong>{id}</strong> <State of={value.status} /> <Far of={value} />{" "}
        {value.status === "queued" || value.status === "running" ? (
          <Action run={() => call("cancelBacktest", { params: { backtest_id: id } })} done={answer.again}>
            Cancel
          </Action>
        ) : null}
      </p>
      {value.error === null ? null : <p class="banner bad">{value.error}</p>}
      {result === null ? null : <Headline of={result} />}
      <div class="panels">
        {curve.length < 2 ? null : (
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
            />
          </Panel>
        )}
        <Panel title="Figures" wide>
          {result === null ? <Empty>They come when it is done.</Empty> : <Pairs of={Object.fromEntries(figures)} />}
        </Panel>
        {result === null ? null : (
          <Panel title="What it assumed" wide>
            <Pairs of={(result as { readonly costs?: Readonly<Record<string, unknown>> }).costs ?? {}} />
          </Panel>
        )}
      </div>
    </>
  );
}

type Result = NonNullable<ResponseOf<"getBacktest">["result"]>;

function Headline({ of }: { readonly of: Result }) {
  const { data_source: source } = of as { readonly data_source?: string };
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

function OneSweep({ id }: { readonly id: string }) {
  const answer = useAnswer("getSweep", { params: { sweep_id: id } }, pace);
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  return (
    <>
      <p class="where">
        <a href={href("research")}>All runs</a> / <strong>{id}</strong> <State of={value.status} /> <Far of={value} />{" "}
        {value.status === "queued" || value.status === "running" ? (
          <Action run={() => call("cancelSweep", { params: { sweep_id: id } })} done={answer.again}>
            Cancel
          </Action>
        ) : null}
      </p>
      {value.error === null ? null : <p class="banner bad">{value.error}</p>}
      <div class="panels">
        <Panel title="Is the best one believable" wide>
          {value.verdict === null ? (
            <Empty>That is asked when all sets are done.</Empty>
          ) : (
            <Verdict of={value.verdict} />
          )}
        </Panel>
        <Panel title="Over two parameters" wide>
          <Map sweep={value} />
        </Panel>
        <Panel title="Sets" wide>
          <Table
            name="Sets"
            rows={value.results}
            idOf={({ parameters }) => JSON.stringify(parameters)}
            empty="None is done yet."
            columns={[
              { head: "Parameters", cell: ({ parameters }) => settings(parameters) },
              { head: "Score", number: true, cell: ({ score }) => figure(score, 4) },
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

interface Check {
  readonly name: string;
  readonly status: string;
  readonly sentence: string;
}

function Verdict({ of }: { readonly of: NonNullable<Sweep["verdict"]> }) {
  const {
    judgement,
    sentence,
    checks = [],
    ...rest
  } = of as {
    readonly judgement?: string;
    readonly sentence?: string;
    readonly checks?: readonly Check[];
  };
  return (
    <>
      <p>
        {judgement === undefined ? null : <State of={judgement} />} {sentence}
      </p>
      <Table
        name="Checks"
        rows={checks}
        idOf={({ name }) => name}
        empty="No check was made."
        columns={[
          { head: "Check", cell: ({ name }) => words(name) },
          { head: "Verdict", cell: ({ status }) => <State of={status} /> },
          { head: "Why", cell: ({ sentence: why }) => why },
        ]}
      />
      <Pairs of={rest} />
    </>
  );
}

function Map({ sweep }: { readonly sweep: Sweep }) {
  const names = Object.keys(sweep.results[0]?.parameters ?? {});
  const varied = names.filter((name) => new Set(sweep.results.map(({ parameters }) => parameters[name])).size > 1);
  const [across, down] = varied;
  if (across === undefined || down === undefined) return <Empty>It takes two parameters that vary.</Empty>;
  const cells = sweep.results.map(({ parameters, score }) => ({
    across: parameters[across],
    down: parameters[down],
    value: score,
  }));
  return <HeatMap across={across} down={down} cells={cells} />;
}
