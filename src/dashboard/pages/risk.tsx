// The book's risk: limits as gauges, what is breached, what an order would meet.
import { useState } from "preact/hooks";
import { seen } from "../../domain/seen.ts";
import { useAnswer } from "../answer.ts";
import { call, role } from "../engine.ts";
import { changes } from "../feeds.ts";
import { figure, gain, money, share, words } from "../format.ts";
import { LISTED, whoseId } from "../whose-id.ts";
import { Limits, Whose } from "../parts/limits.tsx";
import { Badge, Figure, Panel, toneOf, Trouble } from "../parts/panel.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import type { ResponseOf } from "../../client/client.ts";

type Status = ResponseOf<"getRiskStatus">;

/** Steps of ten seconds before which nothing is known of tails and correlations (docs/risk.md). */
const STEPS_MIN = 30;

export function Risk() {
  const status = useAnswer("getRiskStatus", {}, { when: changes.executions });
  const limits = useAnswer("getRiskLimits", {}, { when: changes.executions });
  const portfolio = useAnswer("getPortfolio", {}, { when: changes.executions });
  const book = portfolio.value;
  const { value } = status;
  const tailed = (value?.value_at_risk.steps ?? 0) >= STEPS_MIN;
  const again = (): void => {
    limits.again();
    status.again();
  };
  return (
    <>
      <Trouble why={status.why ?? limits.why ?? portfolio.why} />
      <dl class="figures">
        <Figure label="Capital" value={money(book?.capital)} />
        <Figure
          label="Gross exposure"
          value={money(value?.gross_exposure)}
          note={`net ${money(value?.net_exposure)}`}
        />
        <Figure label="Profit today" value={gain(value?.daily_pnl)} tone={toneOf(value?.daily_pnl)} />
        <Figure label="Drawdown" value={share(value?.drawdown, 2)} />
        <Figure label="Value at risk, 95 % of days" value={money(tailed ? value?.var_95 : null)} />
        <Figure label="Largest correlation" value={figure(tailed ? value?.max_correlation : null)} />
      </dl>
      <div class="panels">
        <Breaches status={value} />
        <Limits limits={limits.value?.limits ?? null} status={value} again={again} />
        {role.value === "read" ? null : <WhatIf />}
      </div>
    </>
  );
}

function Breaches({ status }: { readonly status: Status | null }) {
  const rows =
    status === null
      ? null
      : [
          ...status.breaches.map((row) => ({ ...row, grave: true })),
          ...status.warnings.map((row) => ({ ...row, grave: false })),
        ];
  return (
    <Panel
      title="Passed limits"
      wide
      aside={rows === null ? undefined : <Badge tone={rows.length > 0 ? "bad" : "good"}>{rows.length}</Badge>}
    >
      <Table
        name="Passed limits"
        rows={rows}
        idOf={({ scope, name, metric, grave }) => `${scope} ${name ?? ""} ${metric} ${grave}`}
        empty="No limit is passed."
        columns={[
          {
            head: "",
            cell: ({ grave }) => <Badge tone={grave ? "bad" : "warn"}>{grave ? "breach" : "warning"}</Badge>,
          },
          { head: "Of", cell: (row) => <Whose of={row} /> },
          { head: "What", cell: ({ metric }) => words(metric) },
          { head: "Now", number: true, cell: ({ value }) => figure(value, 4) },
          { head: "Limit", number: true, cell: ({ limit }) => figure(limit, 4) },
        ]}
      />
    </Panel>
  );
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

const BLANK = { strategy: "", symbol: "", side: "BUY" as "BUY" | "SELL", quantity: "1", price: "" };
type Verdict = { readonly why: string } | ResponseOf<"checkOrder">;

/** What the engine says to the order, or why it was not asked. */
async function verdictOf({ strategy, symbol, side, quantity, price }: typeof BLANK): Promise<Verdict> {
  if (!isNumber(quantity)) return { why: `the quantity has to be a number, and is ${JSON.stringify(quantity)}` };
  if (price.trim() !== "" && !isNumber(price))
    return { why: `the price has to be a number, or empty for the last one, and is ${JSON.stringify(price)}` };
  const found = await whoseId(strategy);
  if ("why" in found) return found;
  const body = {
    strategy_id: found.id,
    symbol: symbol.trim(),
    side,
    quantity: Number(quantity),
    price: price.trim() === "" ? null : Number(price),
  };
  const answer = await call("checkOrder", { body });
  return answer.ok ? answer.value : { why: answer.why };
}

function WhatIf() {
  const [order, setOrder] = useState(BLANK);
  const [last, tell] = useState<{ readonly of: typeof BLANK; readonly verdict: Verdict } | null>(null);
  // An order that was changed is another one, of which nobody has said anything.
  const told = last?.of === order ? last.verdict : null;
  // Only who is about to choose one is offered any; where there are more, others are typed.
  const [choosing, choose] = useState(false);
  const known = useAnswer("listStrategies", { query: { limit: LISTED } }, { everyMs: 60_000, asked: choosing });
  const field = (name: "symbol" | "quantity" | "price", label: string) => (
    <label>
      {label}
      <input value={order[name]} onInput={({ currentTarget }) => setOrder({ ...order, [name]: currentTarget.value })} />
    </label>
  );
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    tell({ of: order, verdict: await verdictOf(order) });
  };
  return (
    <Panel title="Would an order pass?" wide>
      <form class="filters" onSubmit={(event) => void ask(event)}>
        <label>
          Strategy
          <input
            list="strategies-known"
            placeholder="its name or id"
            value={order.strategy}
            onFocus={() => choose(true)}
            onBlur={() => choose(false)}
            onInput={({ currentTarget }) => setOrder({ ...order, strategy: currentTarget.value })}
          />
          <datalist id="strategies-known">
            {known.value?.strategies.map(({ strategy_id: id, strategy_name: name }) => (
              <option key={id} value={id} label={seen(name)} />
            ))}
          </datalist>
        </label>
        {field("symbol", "Symbol")}
        <label>
          Side
          <select
            value={order.side}
            onChange={({ currentTarget }) =>
              setOrder({ ...order, side: currentTarget.value === "SELL" ? "SELL" : "BUY" })
            }
          >
            <option>BUY</option>
            <option>SELL</option>
          </select>
        </label>
        {field("quantity", "Quantity")}
        {field("price", "Price (the last one when empty)")}
        <button type="submit">Ask</button>
      </form>
      {told === null ? null : "why" in told ? (
        <Trouble why={told.why} />
      ) : (
        <p role="status">
          <Badge tone={told.approved ? "good" : "bad"}>{told.approved ? "would pass" : "would be refused"}</Badge>{" "}
          <Said>{told.reasons.join("; ")}</Said>
        </p>
      )}
    </Panel>
  );
}
