// What the engine learnt from closed trades: regime, whether confidence means what it says, what was changed and why,
// what waits for somebody's word.
import { useAnswer } from "../answer.ts";
import { call } from "../engine.ts";
import { clock, figure, share, shortly, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Curve } from "../parts/curve.tsx";
import { Badge, Empty, Figure, Panel, State, Trouble, Unknown } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { Turner, useWay } from "../paged.tsx";

const ROWS = 50;

export function Learning() {
  const insights = useAnswer("getInsights", {}, { everyMs: 5_000 });
  const found = insights.value?.insights;
  const basis = found?.success_basis;
  const known = found !== undefined;
  const frozen = (found as { readonly frozen?: boolean } | undefined)?.frozen === true;
  return (
    <>
      <Trouble why={insights.why} />
      <dl class="figures">
        <Figure label="Market regime" value={found?.market_regime ?? "–"} />
        <Figure
          label="Signals that turned out well"
          value={basis === "confidence" && found?.success_rate === 0 ? "–" : share(found?.success_rate)}
          note={
            !known
              ? undefined
              : basis === "outcomes"
                ? "of those that have closed"
                : "too few have closed: the share of signals with a confidence above 70 %"
          }
        />
        <Figure
          label="Best strategies"
          value={
            found === undefined || found.optimal_strategies.length === 0
              ? "–"
              : found.optimal_strategies.map(words).join(", ")
          }
          note="in this regime, from measured outcomes"
        />
        <Figure
          label="Learning"
          value={known ? <Badge tone={frozen ? "warn" : "good"}>{frozen ? "frozen" : "on"}</Badge> : "–"}
          note={known ? <Latch frozen={frozen} again={insights.again} /> : undefined}
        />
      </dl>
      <div class="panels">
        <Panel title="Thresholds in force">{known ? <Pairs of={found.thresholds} empty="None." /> : <Unknown />}</Panel>
        <Calibration />
        <Proposals />
        <Changes />
        <Models />
      </div>
    </>
  );
}

function Latch({ frozen, again }: { readonly frozen: boolean; readonly again: () => void }) {
  return (
    <Action
      run={() => call(frozen ? "unfreezeLearning" : "freezeLearning", {})}
      done={again}
      confirm={
        frozen
          ? "Learning may change thresholds and parameters again, from its next beat on."
          : "What learning may change stays as it is, also where the market has changed, until somebody lets it go on."
      }
    >
      {frozen ? "Go on learning" : "Freeze"}
    </Action>
  );
}

function Calibration() {
  const { value, why } = useAnswer("getCalibration", {}, { everyMs: 15_000 });
  const bins = (value?.bins ?? []).filter(({ total }) => total > 0);
  return (
    <Panel
      title="Does confidence mean what it says"
      aside={bins.length === 0 ? undefined : `error ${share(value?.ece)}`}
    >
      <Trouble why={why} />
      {value === null ? (
        <Unknown />
      ) : bins.length < 2 ? (
        <Empty>Too few trades have closed for a curve.</Empty>
      ) : (
        <Curve
          summary={`Of signals with a confidence, the share that won; mean error ${share(value?.ece)}`}
          time={false}
          data={[
            bins.map(({ confidence }) => confidence),
            bins.map(({ confidence }) => confidence),
            bins.map(({ wins, total }) => wins / total),
          ]}
          lines={[{ label: "as said", colour: "--muted" }, { label: "as it turned out" }]}
          format={(one) => share(one, 0)}
        />
      )}
    </Panel>
  );
}

function Proposals() {
  const [way, go, at] = useWay();
  const answer = useAnswer("listProposals", { query: { limit: ROWS, ...at } }, { everyMs: 10_000 });
  return (
    <Panel title="Waits for somebody's word" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Proposals"
        rows={answer.value?.proposals ?? null}
        idOf={({ proposal_id: id }) => id}
        empty="Nothing is proposed."
        columns={[
          { head: "State", cell: ({ status }) => <State of={status} /> },
          { head: "Strategy", cell: ({ strategy_type: type }) => words(type) },
          { head: "What", cell: ({ what }) => words(what) },
          { head: "From", cell: ({ from }) => <code>{shortly(from)}</code> },
          { head: "To", cell: ({ to }) => <code>{shortly(to)}</code> },
          { head: "Why", cell: ({ reason, evidence }) => <Why reason={reason} evidence={evidence} /> },
          {
            head: "",
            cell: ({ proposal_id: id, status }) =>
              status === "proposed" ? (
                <span class="moves">
                  <Action
                    run={() => call("approveProposal", { params: { proposal_id: id } })}
                    done={answer.again}
                    confirm="The change is carried out, or its pipeline begins."
                  >
                    Approve
                  </Action>
                  <Action run={() => call("rejectProposal", { params: { proposal_id: id } })} done={answer.again}>
                    Reject
                  </Action>
                </span>
              ) : null,
          },
        ]}
      />
    </Panel>
  );
}

function Changes() {
  const [way, go, at] = useWay();
  const answer = useAnswer("listChanges", { query: { limit: ROWS, ...at } }, { everyMs: 10_000 });
  const rows = answer.value?.changes ?? null;
  const reverted = new Set(rows?.map(({ reverts }) => reverts));
  return (
    <Panel title="What learning changed" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Changes"
        rows={rows}
        idOf={({ change_id: id }) => id}
        empty="Nothing yet: it needs closed trades."
        columns={[
          { head: "Time", cell: ({ created_at: at }) => clock(at) },
          { head: "Strategy", cell: ({ strategy_type: type }) => words(type) },
          { head: "What", cell: ({ what }) => words(what) },
          { head: "From", cell: ({ from }) => <code>{shortly(from)}</code> },
          { head: "To", cell: ({ to }) => <code>{shortly(to)}</code> },
          { head: "Why", cell: ({ reason, evidence }) => <Why reason={reason} evidence={evidence} /> },
          {
            head: "",
            cell: ({ change_id: id, strategy_type: type, what, from }) =>
              reverted.has(id) ? (
                <Badge>taken back</Badge>
              ) : (
                <Action
                  run={() => call("revertChange", { params: { change_id: id } })}
                  done={answer.again}
                  confirm={`${words(type)}, ${words(what)}: it becomes ${shortly(from)} again.`}
                >
                  Take back
                </Action>
              ),
          },
        ]}
      />
    </Panel>
  );
}

function Models() {
  const [way, go, at] = useWay();
  const answer = useAnswer("listModels", { query: { limit: ROWS, ...at } }, { everyMs: 15_000 });
  return (
    <Panel title="Models" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Models"
        rows={answer.value?.models ?? null}
        idOf={({ model_id: id }) => id}
        empty="None yet."
        columns={[
          { head: "Model", cell: ({ model_id: id }) => id },
          { head: "Kind", cell: ({ kind }) => words(kind) },
          { head: "Strategy", cell: ({ strategy_type: type }) => words(type) },
          { head: "Samples", number: true, cell: ({ samples }) => figure(samples, 0) },
          { head: "Last learnt", cell: ({ updated_at: at }) => clock(at) },
        ]}
      />
    </Panel>
  );
}

function Why({ reason, evidence }: { readonly reason: string; readonly evidence: unknown }) {
  return (
    <span title={JSON.stringify(evidence)}>
      <Said>{reason}</Said>
    </span>
  );
}
