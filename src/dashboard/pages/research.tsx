// Runs over history: backtests and sweeps with their progress, and what came out.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { call, role } from "../engine.ts";
import { changes } from "../feeds.ts";
import { figure, money, share, span, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Curve } from "../parts/curve.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { Empty, Panel, State, Trouble } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Table } from "../parts/table.tsx";
import { href } from "../route.ts";
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
  const backtests = useAnswer("listBacktests", { query: { limit: ROWS } }, pace);
  const sweeps = useAnswer("listSweeps", { query: { limit: ROWS } }, pace);
  return (
    <div class="panels">
      {role.value === "read" ? null : <Begin again={backtests.again} />}
      <Panel title="Backtests" wide>
        <Trouble why={backtests.why} />
        <Table
          name="Backtests"
          rows={backtests.value?.backtests ?? []}
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
      <Panel title="Sweeps over parameters" wide>
        <Trouble why={sweeps.why} />
        <Table
          name="Sweeps"
          rows={sweeps.value?.sweeps ?? []}
          idOf={({ sweep_id: id }) => id}
          empty="None yet. POST /sweeps starts one."
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

function Far({ of }: { readonly of: { readonly progress: number; readonly eta_seconds?: number | undefined } }) {
  return (
    <>
      <progress aria-label="how far" max={1} value={of.progress} /> {share(of.progress, 0)}
      {of.eta_seconds === undefined ? "" : `, ${span(of.eta_seconds)} left`}
    </>
  );
}

function Begin({ again }: { readonly again: () => void }) {
  const types = useAnswer("listStrategyTypes", {}, { everyMs: 600_000 });
  const [type, choose] = useState("momentum_rider");
  const [symbols, name] = useState("");
  const [days, last] = useState("180");
  const wanted = symbols.split(/[\s,]+/).filter((symbol) => symbol !== "");
  const body = {
    strategy_type: type,
    duration_days: Number(days),
    ...(wanted.length === 0 ? {} : { symbols: wanted }),
  };
  const run = async () => {
    const answer = await call("createBacktest", { body });
    if (answer.ok) location.hash = href("research", answer.value.backtest_id);
    return answer;
  };
  return (
    <Panel title="Run one" wide>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Strategy
          <select value={type} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {(types.value?.strategy_types ?? []).map((one) => (
              <option key={one.name} value={one.name}>
                {words(one.name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Symbols (all with history when empty)
          <input value={symbols} onInput={({ currentTarget }) => name(currentTarget.value)} />
        </label>
        <label>
          Days
          <input
            type="number"
            min={1}
            max={3650}
            value={days}
            onInput={({ currentTarget }) => last(currentTarget.value)}
          />
        </label>
        <Action run={run} done={again}>
          Run
        </Action>
      </form>
    </Panel>
  );
}

/** Too long for a pair of name and value. */
const APART = new Set(["equity_curve", "trades", "certificate", "statement"]);

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
      </div>
    </>
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
          {value.verdict === null ? <Empty>That is asked when all sets are done.</Empty> : <Pairs of={value.verdict} />}
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
              { head: "Parameters", cell: ({ parameters }) => <code>{JSON.stringify(parameters)}</code> },
              { head: "Score", number: true, cell: ({ score }) => figure(score, 4) },
            ]}
          />
        </Panel>
      </div>
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
