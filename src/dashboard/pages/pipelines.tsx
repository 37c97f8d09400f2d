// Deployments: every pipeline with its stages live; one with the verdict of each stage, the steps of its rollout, its log,
// and what somebody may decide about it.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { call } from "../engine.ts";
import { changes } from "../feeds.ts";
import { called, clock, figure, share, span, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Filter } from "../parts/choice.tsx";
import { Badge, Empty, Figure, Panel, State, Trouble } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { RowLink, StrategyLink } from "../parts/links.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { rowsOf, Turner, useWay } from "../paged.tsx";
import { href } from "../route.ts";
import type { PageProps } from "../pages.ts";
import type { ResponseOf } from "../../client/client.ts";

type Pipeline = ResponseOf<"getDeployment">;

const ROWS = 50;
const STATUSES = ["all", "queued", "running", "awaiting_approval", "completed", "failed"] as const;
const OPEN = ["queued", "running", "awaiting_approval"];

export function Pipelines({ item }: PageProps) {
  return item === null ? <All /> : <One key={item} id={item} />;
}

function All() {
  const [status, choose] = useState<(typeof STATUSES)[number]>("all");
  const [way, go, at] = useWay();
  const query = { limit: ROWS, ...(status === "all" ? {} : { status }), ...at };
  const answer = useAnswer("listDeployments", { query }, { when: changes.pipeline });
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
    <Panel title="Deployments" wide aside={aside}>
      <Trouble why={answer.why} />
      <Table
        name="Deployments"
        rows={rowsOf(answer, answer.value?.deployments)}
        idOf={({ pipeline_id: id }) => id}
        empty={
          <>
            {status === "all" ? "None yet." : `None is ${words(status)}.`} A strategy is deployed on the page{" "}
            <a href={href("strategies")}>Strategies</a> or <a href={href("editor")}>Editor</a>.
          </>
        }
        columns={[
          { head: "Pipeline", cell: ({ pipeline_id: id }) => <RowLink page="pipelines" id={id} /> },
          { head: "State", cell: ({ status }) => <State of={status} /> },
          { head: "Strategy", cell: (row) => <StrategyLink id={row.strategy_id} name={row.strategy_name} /> },
          { head: "Version", cell: ({ version }) => version },
          { head: "How", cell: ({ deployment_type: how }) => words(how) },
          { head: "At", cell: (row) => <Progress of={row} /> },
          { head: "Since", cell: ({ started_at: at }) => clock(at) },
          { head: "Why it failed", cell: ({ error }) => <Said>{error}</Said> },
        ]}
      />
    </Panel>
  );
}

function Progress({ of }: { readonly of: Pipeline }) {
  return (
    <>
      <progress
        aria-label={`${of.stages_completed} of ${of.total_stages} stages passed`}
        max={of.total_stages}
        value={of.stages_completed}
      />{" "}
      {words(of.current_stage)}
    </>
  );
}

function One({ id }: { readonly id: string }) {
  const answer = useAnswer(
    "getDeployment",
    { params: { pipeline_id: id } },
    { everyMs: 2_000, when: changes.pipeline },
  );
  const { value, why, again } = answer;
  if (value === null) return <Trouble why={why ?? "Asking…"} />;
  return (
    <>
      <p class="where">
        <a href={href("pipelines")}>All deployments</a> / <strong>{id}</strong> <State of={value.status} /> of{" "}
        <StrategyLink id={value.strategy_id} name={value.strategy_name} /> {value.version}{" "}
        {value.rolled_back ? <Badge tone="bad">rolled back</Badge> : null} <Decisions of={value} again={again} />
      </p>
      {value.error === null ? null : (
        <p class="banner bad">
          <Said>{value.error}</Said>
        </p>
      )}
      <dl class="figures">
        <Figure label="Comes into force" value={words(value.deployment_type)} />
        <Figure
          label="Stages passed"
          value={`${value.stages_completed} of ${value.total_stages}`}
          note={words(value.current_stage)}
        />
        <Figure
          label="Began"
          value={clock(value.started_at)}
          note={value.ended_at === null ? "not ended" : `ended ${clock(value.ended_at)}`}
        />
      </dl>
      <div class="panels">
        <Stages of={value} />
        <Rollout of={value} />
        <Certificate of={value} />
        <Log id={id} open={OPEN.includes(value.status)} />
      </div>
    </>
  );
}

function Decisions({ of, again }: { readonly of: Pipeline; readonly again: () => void }) {
  const request = { params: { pipeline_id: of.pipeline_id }, body: { comment: "on the dashboard" } };
  if (of.status === "awaiting_approval")
    return (
      <>
        <Action
          run={() => call("approveDeployment", request)}
          done={again}
          confirm={`Version ${of.version} of ${called(of)} comes into force (${words(of.deployment_type)}): what runs trades by it.`}
        >
          Approve
        </Action>{" "}
        <Action
          run={() => call("rejectDeployment", request)}
          done={again}
          danger
          confirm="The pipeline fails with the reason rejected; what is in force stays."
        >
          Reject
        </Action>
      </>
    );
  if (OPEN.includes(of.status))
    return (
      <Action
        run={() => call("cancelDeployment", request)}
        done={again}
        danger
        confirm="The pipeline ends; what is in force stays."
      >
        Cancel
      </Action>
    );
  return of.status === "failed" ? (
    <Action
      run={async () => {
        const answer = await call("retryDeployment", request);
        if (answer.ok) location.hash = href("pipelines", answer.value.pipeline_id);
        return answer;
      }}
      done={again}
      confirm={`Version ${of.version} of ${called(of)} is tried once more from the stage that failed. If all stages pass, it comes into force (${words(of.deployment_type)})${of.approval_required ? " after its approval" : ""}: what runs trades by it.`}
    >
      Try again
    </Action>
  ) : (
    <RollBack of={of} again={again} />
  );
}

/** Which version is in force; from that of this pipeline back to an earlier one that was. */
function RollBack({ of, again }: { readonly of: Pipeline; readonly again: () => void }) {
  const params = { strategy_id: of.strategy_id };
  const strategy = useAnswer("getStrategy", { params }, { when: changes.strategies });
  const { deployed_version: inForce = null, rollback_to: to = null } = strategy.value ?? {};
  if (inForce === null) return null;
  if (of.version !== inForce) return <Badge>in force is {inForce}</Badge>;
  if (to === null) return <Badge>in force</Badge>;
  const done = (): void => {
    again();
    strategy.again();
  };
  return (
    <>
      <Badge>in force</Badge>{" "}
      <Action
        run={() => call("rollbackStrategy", { params, body: { to_version: to, from_version: inForce } })}
        done={done}
        danger
        confirm={`Version ${to} comes back into force between two events, instead of ${inForce}.`}
      >
        Roll back to {to}
      </Action>
    </>
  );
}

function Stages({ of }: { readonly of: Pipeline }) {
  return (
    <Panel title="Stages" wide>
      <ol class="stages">
        {of.stages.map((stage) => (
          <Stage key={stage} name={stage} of={of} />
        ))}
      </ol>
    </Panel>
  );
}

/** What has a place of its own in the row. */
const SHOWN = new Set(["passed", "duration_ms", "error", "advisory", "data_source", "equity_curve", "trades"]);

function Stage({ name, of }: { readonly name: string; readonly of: Pipeline }) {
  const result = of.results[name];
  const running = of.current_stage === name && of.status === "running";
  const far = running
    ? (of.progress as { readonly share?: number; readonly eta_s?: number | null } | null | undefined)
    : null;
  const more = Object.entries(result ?? {}).filter(([key, value]) => !SHOWN.has(key) && typeof value !== "object");
  return (
    <li>
      <div class="stage">
        <strong>{words(name)}</strong>
        {result === undefined ? (
          <Badge tone={running ? "warn" : "plain"}>
            {running ? "running" : OPEN.includes(of.status) ? "waits" : "not reached"}
          </Badge>
        ) : (
          <Badge tone={result.passed ? "good" : "bad"}>{result.passed ? "passed" : "failed"}</Badge>
        )}
        {result === undefined ? null : <span class="muted">{span(result.duration_ms / 1_000)}</span>}
        {result?.data_source === undefined ? null : <Badge>{result.data_source} data</Badge>}
        {result?.advisory === true ? <Badge tone="warn">advisory: gates reported, not enforced</Badge> : null}
        {far?.share === undefined ? null : (
          <span>
            <progress aria-label={`${words(name)}: how far`} max={1} value={far.share} /> {share(far.share, 0)},{" "}
            {span(far.eta_s ?? null)} left
          </span>
        )}
      </div>
      {result?.error === undefined ? null : (
        <p class="trouble">
          <Said>{result.error}</Said>
        </p>
      )}
      {more.length === 0 ? null : (
        <details>
          <summary>Figures</summary>
          <Pairs of={Object.fromEntries(more)} />
        </details>
      )}
    </li>
  );
}

function Rollout({ of }: { readonly of: Pipeline }) {
  const steps = of.rollout as readonly (Pipeline["rollout"][number] & {
    readonly verdict?: string;
    readonly reason?: string;
  })[];
  return (
    <Panel title="Rollout">
      <Table
        name="Rollout"
        rows={steps}
        idOf={({ percent, at }) => `${percent} ${at}`}
        empty="It begins when all stages have passed."
        columns={[
          { head: "Share", number: true, cell: ({ percent }) => `${figure(percent, 0)} %` },
          { head: "Since", cell: ({ at }) => clock(at) },
          { head: "Verdict", cell: ({ verdict }) => (verdict === undefined ? "" : <State of={verdict} />) },
          { head: "Why", cell: ({ reason }) => <Said>{reason}</Said> },
        ]}
      />
    </Panel>
  );
}

function Certificate({ of }: { readonly of: Pipeline }) {
  return (
    <Panel title="Parity of live and backtest">
      {of.certificate === undefined || of.certificate === null ? (
        <Empty>Nobody has looked yet: after the deployment both are run over the same events and compared.</Empty>
      ) : (
        <Pairs of={of.certificate} />
      )}
    </Panel>
  );
}

function Log({ id, open }: { readonly id: string; readonly open: boolean }) {
  const [way, go, at] = useWay();
  const answer = useAnswer(
    "listLogs",
    { params: { pipeline_id: id }, query: { limit: ROWS, ...at } },
    { everyMs: open ? 2_000 : 60_000, when: changes.pipeline },
  );
  return (
    <Panel title="Log" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Log"
        rows={answer.value?.logs ?? null}
        idOf={({ timestamp, message }) => `${timestamp} ${message}`}
        empty="It has said nothing yet."
        columns={[
          { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
          { head: "Stage", cell: ({ stage }) => words(stage) },
          { head: "Level", cell: ({ level }) => <State of={level} /> },
          { head: "Message", cell: ({ message }) => <Said>{message}</Said> },
        ]}
      />
    </Panel>
  );
}
