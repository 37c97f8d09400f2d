// One look: is the engine well, is it in time, what comes in and goes out, what is earned, what wants attention.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { call, type Answer } from "../engine.ts";
import { alerts, changes, metrics, signals } from "../feeds.ts";
import { bytes, clock, figure, gain, price, share, span, words } from "../format.ts";
import { health } from "../health.ts";
import { Action } from "../parts/button.tsx";
import { Curve } from "../parts/curve.tsx";
import { Badge, Empty, Figure, Panel, State, toneOf, Trouble, Unknown } from "../parts/panel.tsx";
import { StrategyLink } from "../parts/links.tsx";
import { Said } from "../parts/said.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { href } from "../route.ts";
import type { AlertUpdate, ResponseOf, WireSignal } from "../../client/client.ts";

type Summary = ResponseOf<"getSummary">;
type Tiers = Summary["tiers"];

const LATEST = 8;
const MORE = 40;

export function Overview() {
  const summary = useAnswer("getSummary", {});
  const insights = useAnswer("getInsights", {}, { everyMs: 10_000 });
  return (
    <>
      <Trouble why={summary.why ?? insights.why} />
      <Headline regime={insights.value?.insights.market_regime ?? null} />
      <div class="panels">
        <Rates />
        <Tiers tiers={summary.value?.tiers ?? null} />
        <Attention />
        <Latest />
        <Parts summary={summary.value} />
      </div>
    </>
  );
}

function Headline({ regime }: { readonly regime: string | null }) {
  const { value: well, why } = health.value;
  const portfolio = useAnswer("getPortfolio", {}, { when: changes.executions });
  const risk = useAnswer("getRiskStatus", {}, { when: changes.executions });
  const now = metrics.value.at(-1);
  const book = portfolio.value;
  const open = book === null ? null : book.realized_pnl + book.unrealized_pnl - book.fees + book.carry;
  return (
    <>
      <Trouble why={portfolio.why ?? risk.why} />
      <dl class="figures">
        <Figure
          label="Health"
          value={why !== null ? "not known" : well === null ? "–" : <State of={well.status} />}
          note={why === null ? `up ${span(well?.uptime_seconds)}` : <Said>{why}</Said>}
        />
        <Figure label="Ticks a second" value={figure(now?.ticks_per_second, 0)} />
        <Figure label="Signals a second" value={figure(now?.signals_per_second, 0)} />
        <Figure
          label="Evaluation p99"
          value={now === undefined ? "–" : `${figure(now.eval_p99_ms, 2)} ms`}
          note="target 8 ms"
          tone={now !== undefined && now.eval_p99_ms > 8 ? "warn" : "plain"}
        />
        <Figure label="Market regime" value={regime ?? "–"} />
        <Figure label="Executions" value={figure(well?.active_executions, 0)} />
        <Figure
          label="Profit of the book"
          value={gain(open)}
          tone={toneOf(open)}
          note={`today ${gain(risk.value?.daily_pnl)}`}
        />
      </dl>
    </>
  );
}

function Rates() {
  const points = metrics.value;
  const x = points.map(({ at }) => at / 1_000);
  const last = points.at(-1);
  return (
    <Panel title="Ticks and signals a second" wide>
      {last === undefined ? (
        <Empty>Figures come once a second over the socket.</Empty>
      ) : (
        <Curve
          summary={`${figure(last.ticks_per_second, 0)} ticks and ${figure(last.signals_per_second, 0)} signals in the last second`}
          data={[x, points.map((point) => point.ticks_per_second), points.map((point) => point.signals_per_second)]}
          lines={[{ label: "ticks", fill: true }, { label: "signals" }]}
          format={(value) => figure(value, 0)}
        />
      )}
    </Panel>
  );
}

function Tiers({ tiers }: { readonly tiers: Tiers | null }) {
  const rows = tiers === null ? null : Object.entries(tiers);
  return (
    <Panel title="Tiers against their deadline">
      <Table
        name="Tiers"
        rows={rows}
        idOf={([name]) => name}
        empty="The engine has none."
        columns={[
          { head: "Tier", cell: ([name]) => name },
          { head: "Every", number: true, cell: ([, tier]) => span(tier.interval_ms / 1_000) },
          { head: "p50", number: true, cell: ([, tier]) => `${figure(tier.p50_ms, 2)} ms` },
          { head: "p99", number: true, cell: ([, tier]) => `${figure(tier.p99_ms, 2)} ms` },
          {
            head: "Used",
            cell: ([name, tier]) => (
              <meter
                aria-label={`${name}: share of its interval that its cycles take`}
                min={0}
                max={1}
                high={0.8}
                value={Math.min(1, tier.p99_ms / tier.interval_ms)}
              />
            ),
          },
          { head: "Late", number: true, cell: ([, tier]) => figure(tier.overruns, 0) },
        ]}
      />
    </Panel>
  );
}

function Attention() {
  const [most, show] = useState(LATEST);
  if (alerts.value === null)
    return (
      <Panel title="Wants attention">
        <Unknown />
      </Panel>
    );
  const open = [...alerts.value.values()]
    .filter(({ acknowledged }) => !acknowledged)
    .reverse()
    .sort((a, b) => GRAVITY.indexOf(a.level) - GRAVITY.indexOf(b.level));
  const shown = open.slice(0, most);
  const grave = open.some(({ level }) => level === "critical");
  return (
    <Panel
      title="Wants attention"
      aside={
        <>
          <Badge tone={grave ? "bad" : open.length > 0 ? "warn" : "good"}>{open.length}</Badge>
          {shown.length <= 1 ? null : (
            <Action run={() => seen(shown)} confirm={`The ${shown.length} alerts that are shown are marked as seen.`}>
              {shown.length === open.length ? "All seen" : "These seen"}
            </Action>
          )}
        </>
      }
    >
      {open.length === 0 ? (
        <Empty>No alert is open.</Empty>
      ) : (
        <ul class="list alerts">
          {shown.map((alert) => (
            <AlertRow key={alert.alert_id} alert={alert} />
          ))}
        </ul>
      )}
      {shown.length === open.length ? null : (
        <p class="more">
          {shown.length} of {open.length}{" "}
          <button type="button" onClick={() => show(most + MORE)}>
            Show more
          </button>
        </p>
      )}
    </Panel>
  );
}

/** The gravest first; of equal ones the newest. */
const GRAVITY: readonly string[] = ["critical", "warning", "info"];

async function seen(open: readonly AlertUpdate[]): Promise<Answer<unknown>> {
  for (const { alert_id: id } of open) {
    const answer = await call("ackAlert", { params: { alert_id: id } });
    if (!answer.ok) return answer;
  }
  return { ok: true, value: null };
}

function AlertRow({ alert }: { readonly alert: AlertUpdate }) {
  return (
    <li>
      <span>
        <State of={alert.level} /> <time>{clock(alert.created_at)}</time> <Said>{alert.message}</Said>{" "}
        {alert.strategy_id === null ? null : <StrategyLink id={alert.strategy_id} name={alert.strategy_name} />}
      </span>
      <Action run={() => call("ackAlert", { params: { alert_id: alert.alert_id } })}>Seen</Action>
    </li>
  );
}

/** Made once: rows whose columns are others are drawn again. */
const LATEST_COLUMNS: readonly Column<WireSignal>[] = [
  { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
  { head: "Symbol", cell: ({ symbol }) => <a href={href("signals", symbol)}>{symbol}</a> },
  { head: "Strategy", cell: ({ type }) => words(type) },
  { head: "Side", cell: ({ action }) => <Badge tone={action === "buy" ? "good" : "bad"}>{action}</Badge> },
  { head: "Price", number: true, cell: ({ entry_price: entry }) => price(entry) },
  { head: "Confidence", number: true, cell: ({ confidence }) => share(confidence, 0) },
];

function Latest() {
  return (
    <Panel title="Latest signals" wide aside={<a href={href("signals")}>all signals</a>}>
      <Table
        name="Latest signals"
        rows={signals.value?.slice(0, LATEST) ?? null}
        idOf={({ id }) => id}
        passing
        empty="None yet. Strategies are silent until their windows are filled; the page Strategies says what each waits for."
        columns={LATEST_COLUMNS}
      />
    </Panel>
  );
}

function Parts({ summary }: { readonly summary: Summary | null }) {
  if (summary === null)
    return (
      <Panel title="Parts">
        <Unknown />
      </Panel>
    );
  const all = Object.entries(summary.components) as readonly (readonly [string, { readonly status: string }])[];
  const ill = all.filter(([, { status }]) => status !== "healthy");
  const memory = metrics.value.at(-1)?.["user_strategies"] as { readonly memory_bytes?: number } | undefined;
  return (
    <Panel title="Parts" aside={`${all.length - ill.length} of ${all.length} well`}>
      {ill.length === 0 ? (
        <Empty>All parts are well. Users' code holds {bytes(memory?.memory_bytes)}.</Empty>
      ) : (
        <ul class="list">
          {ill.map(([name, { status }]) => (
            <li key={name}>
              <State of={status} /> {words(name)}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
