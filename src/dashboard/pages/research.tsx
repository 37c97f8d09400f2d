// Runs over history: backtests and sweeps with their progress, and what came out of a sweep.
import { useAnswer } from "../answer.ts";
import { call, role } from "../engine.ts";
import { changes } from "../feeds.ts";
import { figure, share, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { RowLink, Subject } from "../parts/links.tsx";
import { Empty, Panel, State, Trouble } from "../parts/panel.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { Verdict } from "../parts/verdict.tsx";
import { Turner, useWay } from "../paged.tsx";
import { href } from "../route.ts";
import { OneBacktest } from "./research-backtest.tsx";
import { Begin } from "./research-begin.tsx";
import { Far } from "./research-far.tsx";
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
            { head: "Backtest", cell: ({ backtest_id: id }) => <RowLink page="research" id={id} /> },
            { head: "Of", cell: (row) => <Subject of={row} /> },
            { head: "State", cell: ({ status }) => <State of={status} /> },
            { head: "Progress", cell: (row) => <Far of={row} /> },
            { head: "Return", number: true, cell: ({ result }) => share(result?.total_return, 2) },
            { head: "Sharpe", number: true, cell: ({ result }) => figure(result?.sharpe_ratio) },
            { head: "Trades", number: true, cell: ({ result }) => figure(result?.trade_count, 0) },
            { head: "Why it failed", cell: ({ error }) => <Said>{error}</Said> },
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
            { head: "Sweep", cell: ({ sweep_id: id }) => <RowLink page="research" id={id} /> },
            { head: "Of", cell: (row) => <Subject of={row} /> },
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

function OneSweep({ id }: { readonly id: string }) {
  const answer = useAnswer("getSweep", { params: { sweep_id: id } }, pace);
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  return (
    <>
      <p class="where">
        <a href={href("research")}>All runs</a> / <strong>{id}</strong> of <Subject of={value} />{" "}
        <State of={value.status} /> <Far of={value} />{" "}
        {value.status === "queued" || value.status === "running" ? (
          <Action run={() => call("cancelSweep", { params: { sweep_id: id } })} done={answer.again}>
            Cancel
          </Action>
        ) : null}
      </p>
      {value.error === null ? null : (
        <p class="banner bad">
          <Said>{value.error}</Said>
        </p>
      )}
      <div class="panels">
        <Panel title="Is the best one believable" wide>
          <Verdict of={value.verdict} none="That is asked when all sets are done." />
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
              { head: "Parameters", cell: ({ parameters }) => <Said>{settings(parameters)}</Said> },
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
