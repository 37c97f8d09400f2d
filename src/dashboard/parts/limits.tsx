// Limits as gauges, set and changed here: what is typed is looked at before the engine is asked, and said again before it
// is done.
import { useState } from "preact/hooks";
import { ACTIONS, LEVELS, METRICS, SCOPES } from "../../domain/risk-words.ts";
import { seen } from "../../domain/seen.ts";
import { call, role, type Answer } from "../engine.ts";
import { called, figure, share, words } from "../format.ts";
import {
  draftOf,
  isChanged,
  keyOf,
  limitOf,
  useOf,
  withLimit,
  type Draft,
  type Given,
  type Limit,
  type Use,
} from "../limit-use.ts";
import { whoseId } from "../whose-id.ts";
import { Action } from "./button.tsx";
import { StrategyLink } from "./links.tsx";
import { Panel } from "./panel.tsx";
import { Table } from "./table.tsx";
import type { ResponseOf, RestFailure } from "../../client/client.ts";

type Status = ResponseOf<"getRiskStatus">;

/** The empty one: what is usual for the metric. */
const CHOICES = ["", ...ACTIONS] as const;
const NEW: Draft = {
  scope: "book",
  name: "",
  metric: "gross_exposure",
  limit: "",
  warn: "",
  action: "",
  level: "hard",
};

interface LimitsProps {
  readonly limits: readonly Limit[] | null;
  readonly status: Status | null;
  readonly again: () => void;
}

interface Desk {
  readonly draft: Draft;
  /** What is changed; null: it is new. */
  readonly before: Limit | null;
}

export function Limits({ limits, status, again }: LimitsProps) {
  const [desk, open] = useState<Desk | null>(null);
  const may = role.value === "write";
  return (
    <Panel
      title="Limits"
      wide
      aside={
        may ? (
          <button type="button" onClick={() => open({ draft: NEW, before: null })}>
            Add a limit
          </button>
        ) : undefined
      }
    >
      {desk === null ? null : <Edit desk={desk} change={open} again={again} />}
      <Table
        name="Limits"
        rows={limits}
        idOf={keyOf}
        chosen={desk === null || desk.before === null ? null : keyOf(desk.before)}
        empty="No limit is set beside those of the strategies."
        columns={[
          { head: "Of", cell: (row) => <Whose of={shownOf(row, status)} /> },
          { head: "What", cell: ({ metric }) => words(metric) },
          { head: "Now", number: true, cell: (row) => <Now use={useOf(row, status)} of={row} /> },
          { head: "Warning", number: true, cell: ({ warn }) => figure(warn, 4) },
          { head: "Limit", number: true, cell: ({ limit }) => figure(limit, 4) },
          { head: "Used", cell: (row) => <Gauge use={useOf(row, status)} of={row} /> },
          { head: "When passed", cell: ({ action }) => words(action ?? "alert") },
          { head: "Binds", cell: ({ level }) => (level === "warning" ? "all but overrides" : "everybody") },
          ...(may
            ? [
                {
                  head: "",
                  cell: (row: Limit) => (
                    <span class="moves">
                      <button type="button" onClick={() => open({ draft: draftOf(row), before: row })}>
                        Change
                      </button>
                      <Action
                        run={() => put(row, null)}
                        done={again}
                        confirm={`${whose(shownOf(row, status))}: ${words(row.metric)} is limited no more, from the next order on.`}
                      >
                        Remove
                      </Action>
                    </span>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Panel>
  );
}

interface About {
  readonly scope: string;
  readonly name?: string;
  /** Of a strategy, whose id the name is. */
  readonly strategy_name?: string | null | undefined;
}

/** A limit with the name of its strategy, which only the status has: what is written back has ids alone. */
function shownOf(limit: Limit, status: Status | null): About {
  return status?.limits[keyOf(limit)] ?? limit;
}

function whose({ scope, name = "", strategy_name }: About): string {
  if (scope === "book") return "the book";
  if (name === "") return `each ${scope}`;
  return scope === "strategy" ? `strategy ${called({ strategy_id: name, strategy_name })}` : `${scope} ${name}`;
}

/** Of whom a limit is. */
export function Whose({ of }: { readonly of: About }) {
  const { scope, name = "", strategy_name: called } = of;
  return scope === "strategy" && name !== "" ? <StrategyLink id={name} name={called} /> : <>{whose(of)}</>;
}

function Now({ use, of }: { readonly use: Use | null; readonly of: Limit }) {
  if (use === null) return <>–</>;
  return (
    <span title={of.name === undefined && use.name !== null ? `most: ${use.called}` : undefined}>
      {figure(use.value, 4)}
    </span>
  );
}

function Gauge({ use, of }: { readonly use: Use | null; readonly of: Limit }) {
  if (use === null) return <span class="muted">{ATONCE.has(of.metric) ? "at each order" : "nobody"}</span>;
  const warned = of.warn === null || of.warn === undefined || of.limit === 0 ? 0.8 : Math.abs(of.warn / of.limit);
  return (
    <span class="gauge">
      <meter
        aria-label={`${whose(of)}, ${words(of.metric)}: share of its limit`}
        min={0}
        max={1}
        high={Math.min(1, warned)}
        value={Math.min(1, use.used)}
      />{" "}
      {share(use.used, 0)}
    </span>
  );
}

const ATONCE: ReadonlySet<string> = new Set(["orders_per_second", "price_collar_bps"]);

/** Others may write at the same moment; each time the list is read again. */
const TRIES = 3;
const CHANGED = "This limit has been changed meanwhile; look at it again.";

/**
 * The list is read again right before it is written, and the engine takes it only while it is that one: what others have
 * changed meanwhile stays, and what they have made of this one has to be seen first.
 */
async function put(before: Limit | null, next: Given | null): Promise<Answer<unknown>> {
  const key = before === null ? null : keyOf(before);
  for (let left = TRIES; ; left--) {
    const now = await call("getRiskLimits");
    if (!now.ok) return now;
    const { limits, revision } = now.value;
    if (before !== null && isChanged(limits, before)) return { ok: false, why: CHANGED, failure: { code: "aborted" } };
    const body = { limits: withLimit(limits, key, next) };
    const answer = await call("putRiskLimits", { body, ifMatch: revision });
    if (answer.ok || left === 1 || !isOutrun(answer.failure)) return answer;
  }
}

function isOutrun(failure: RestFailure): boolean {
  return failure.code === "refused" && failure.error === "precondition_failed";
}

interface EditProps {
  readonly desk: Desk;
  readonly change: (desk: Desk | null) => void;
  readonly again: () => void;
}

function Edit({ desk, change, again }: EditProps) {
  const { draft, before } = desk;
  const set = (more: Partial<Draft>): void => change({ before, draft: { ...draft, ...more } });
  const made = limitOf(draft, before);
  const fault = typeof made === "string" ? made : null;
  const run = async (): Promise<Answer<unknown>> => {
    if (typeof made === "string") return { ok: true, value: null };
    if (made.scope !== "strategy" || made.name === undefined) return put(before, made);
    const found = await whoseId(made.name);
    return "why" in found
      ? { ok: false, why: found.why, failure: { code: "aborted" } }
      : put(before, { ...made, name: found.id });
  };
  const done = (): void => {
    change(null);
    again();
  };
  return (
    <form class="filters" aria-label="A limit" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Of" value={draft.scope} options={SCOPES} choose={(scope) => set({ scope })} />
      {draft.scope === "book" ? null : (
        <Typed
          label={`Which ${draft.scope} (each when empty)`}
          value={draft.name}
          type={(name) => set({ name })}
          hint={draft.scope === "strategy" ? "its name or id" : undefined}
        />
      )}
      <Choice label="What" value={draft.metric} options={METRICS} choose={(metric) => set({ metric })} />
      <Typed label="Limit" value={draft.limit} type={(limit) => set({ limit })} number />
      <Typed label="Warning (none when empty)" value={draft.warn} type={(warn) => set({ warn })} number />
      <Choice label="When passed" value={draft.action} options={CHOICES} choose={(action) => set({ action })} />
      <Choice label="Binds" value={draft.level} options={LEVELS} choose={(level) => set({ level })} />
      <Action
        run={run}
        done={done}
        disabled={fault !== null}
        confirm={`${whose({ scope: draft.scope, name: seen(draft.name.trim()) })}: ${words(draft.metric)} ${
          before === null ? "" : `was ${figure(before.limit, 4)} and `
        }becomes ${draft.limit}. In force with the next order.`}
      >
        Save
      </Action>
      <button type="button" onClick={() => change(null)}>
        Leave it
      </button>
      {fault === null || draft.limit === "" ? null : <p class="trouble">{fault}</p>}
    </form>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly choose: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, choose }: ChoiceProps<T>) {
  return (
    <label>
      {label}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const found = options.find((one) => one === currentTarget.value);
          if (found !== undefined) choose(found);
        }}
      >
        {options.map((one) => (
          <option key={one} value={one}>
            {one === "" ? "as usual" : words(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TypedProps {
  readonly label: string;
  readonly value: string;
  readonly type: (value: string) => void;
  readonly number?: boolean;
  readonly hint?: string | undefined;
}

function Typed({ label, value, type, number = false, hint }: TypedProps) {
  return (
    <label>
      {label}
      <input
        placeholder={hint}
        inputMode={number ? "decimal" : "text"}
        class="narrow"
        value={value}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
    </label>
  );
}
