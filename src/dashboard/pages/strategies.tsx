// The 18 built-in strategies with what each waits for, and users' own with what can be done with them; one with its
// versions, parameters and limits.
import { useState } from "preact/hooks";
import { isBlank, seen } from "../../domain/seen.ts";
import { useAnswer } from "../answer.ts";
import { call, role } from "../engine.ts";
import { changes } from "../feeds.ts";
import { clock, figure, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Badge, Figure, Panel, State, Trouble } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Values } from "../parts/values.tsx";
import { StrategyLink } from "../parts/links.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { rowsOf, Turner, useWay } from "../paged.tsx";
import { href } from "../route.ts";
import type { PageProps } from "../pages.ts";
import type { ResponseOf } from "../../client/client.ts";

type Strategy = ResponseOf<"listStrategies">["strategies"][number];
type Type = ResponseOf<"listStrategyTypes">["strategy_types"][number];

const ROWS = 50;

export function Strategies({ item }: PageProps) {
  if (item === null) return <All />;
  return item.startsWith("strat_") ? <One key={item} id={item} /> : <OneType key={item} name={item} />;
}

function All() {
  const types = useAnswer("listStrategyTypes", {}, { everyMs: 5_000 });
  const [wanted, want] = useState("");
  const [way, go, at] = useWay();
  const q = wanted.trim();
  const query = { limit: ROWS, ...(q === "" ? {} : { q }), ...at };
  const own = useAnswer("listStrategies", { query }, { when: changes.strategies });
  return (
    <div class="panels">
      <Panel
        title="Your strategies"
        wide
        aside={
          <>
            <input
              type="search"
              aria-label="Name or id of a strategy"
              placeholder="name or id"
              value={wanted}
              onInput={({ currentTarget }) => {
                want(currentTarget.value);
                go([]);
              }}
            />
            <Turner way={way} go={go} answer={own} />
            {role.value === "read" ? null : <a href={href("editor")}>write one</a>}
          </>
        }
      >
        <Trouble why={own.why} />
        <Table
          name="Your strategies"
          rows={rowsOf(own, own.value?.strategies)}
          idOf={({ strategy_id: id }) => id}
          empty={q === "" ? "None yet. The editor has an example to begin with." : `No strategy is called ${seen(q)}.`}
          columns={[
            {
              head: "Name",
              cell: ({ strategy_id: id, strategy_name: name }) => <StrategyLink id={id} name={name} />,
            },
            { head: "State", cell: ({ lifecycle_state: state }) => <State of={state} /> },
            { head: "Version", cell: ({ version }) => version },
            { head: "In force", cell: ({ deployed_version: version }) => version ?? "none" },
            {
              head: "Written in",
              cell: ({ kind, language }) => (kind === "builtin" ? "one of the 18" : (language ?? "")),
            },
            { head: "Executions", number: true, cell: ({ active_executions: running }) => figure(running, 0) },
            { head: "Last error", cell: ({ last_error: error }) => <Said>{error}</Said> },
          ]}
        />
      </Panel>
      <Panel title="The 18" wide>
        <Trouble why={types.why} />
        <Table
          name="The 18"
          rows={types.value?.strategy_types ?? null}
          idOf={({ name }) => name}
          empty="None."
          columns={[
            { head: "Strategy", cell: ({ name }) => <a href={href("strategies", name)}>{words(name)}</a> },
            { head: "Family", cell: ({ family }) => words(family) },
            { head: "Tier", cell: ({ tier }) => tier },
            { head: "Ready", cell: ({ readiness }) => <State of={readiness} /> },
            { head: "Why it is silent", cell: ({ why_silent: why }) => <Said>{why}</Said> },
            { head: "Wants", cell: ({ inputs }) => inputs.join(", ") },
          ]}
        />
      </Panel>
    </div>
  );
}

function OneType({ name }: { readonly name: string }) {
  const { value, why } = useAnswer("listStrategyTypes", {}, { everyMs: 5_000 });
  const type = value?.strategy_types.find((one) => one.name === name);
  if (type === undefined)
    return <Trouble why={why ?? (value === null ? "Asking…" : `There is no strategy ${seen(name)}.`)} />;
  return (
    <>
      <p class="where">
        <a href={href("strategies")}>All strategies</a> / <strong>{words(name)}</strong> <State of={type.readiness} />
      </p>
      <p>{type.description}</p>
      {type.why_silent === null ? null : (
        <p class="banner">
          It is silent: <Said>{type.why_silent}</Said>.
        </p>
      )}
      <div class="panels">
        <Panel title="What it computes">
          <Pairs
            of={{
              formula: type.formula,
              entry: type.entry,
              exit: type.exit,
              confidence: type.confidence,
              waits_for: type.waits_for,
              reference: type.reference,
            }}
          />
        </Panel>
        <Register type={type} />
      </div>
    </>
  );
}

/** A further instance under an id of its own, with parameters that are checked by the engine. */
function Register({ type }: { readonly type: Type }) {
  const [given, give] = useState<Readonly<Record<string, string>>>({});
  const [made, setMade] = useState<readonly string[]>([]);
  const parameters = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, Number(value)]])),
  );
  const run = async () => {
    const answer = await call("registerStrategy", { body: { strategy_type: type.name, parameters } });
    if (answer.ok) setMade([...made, (answer.value as { readonly strategy_id: string }).strategy_id]);
    return answer;
  };
  return (
    <Panel title="Parameters">
      <Table
        name="Parameters"
        rows={type.parameters}
        idOf={({ name }) => name}
        empty="It has none."
        columns={[
          { head: "Name", cell: ({ name, meaning }) => <span title={meaning}>{words(name)}</span> },
          { head: "Meaning", cell: ({ meaning }) => meaning },
          {
            head: "Allowed",
            number: true,
            cell: ({ min, max, unit }) => `${figure(min, 6)} to ${figure(max, 6)} ${unit}`,
          },
          {
            head: "Value",
            number: true,
            cell: ({ name, default: usual, min, max }) => (
              <input
                type="number"
                class="narrow"
                aria-label={words(name)}
                placeholder={String(usual)}
                min={min}
                max={max}
                step="any"
                disabled={role.value === "read"}
                value={given[name] ?? ""}
                onInput={({ currentTarget }) => give({ ...given, [name]: currentTarget.value })}
              />
            ),
          },
        ]}
      />
      <p>
        <Action run={run}>Register an instance with these</Action>
      </p>
      {made.map((id) => (
        <p key={id} role="status">
          It signals from now on as <a href={href("strategies", id)}>{id}</a>.
        </p>
      ))}
    </Panel>
  );
}

function One({ id }: { readonly id: string }) {
  const params = { strategy_id: id };
  const answer = useAnswer("getStrategy", { params }, { when: changes.strategies });
  const [way, go, at] = useWay();
  const versions = useAnswer("listVersions", { params, query: { limit: ROWS, ...at } }, { when: changes.strategies });
  const { value } = answer;
  if (value === null) return <Trouble why={answer.why ?? "Asking…"} />;
  const reload = (): void => {
    answer.again();
    versions.again();
  };
  return (
    <>
      <p class="where">
        <a href={href("strategies")}>All strategies</a> /{" "}
        <strong>{isBlank(value.strategy_name) ? id : <Said>{value.strategy_name}</Said>}</strong>{" "}
        <State of={value.lifecycle_state} /> <Moves of={value} again={answer.again} />
      </p>
      {value.last_error === null ? null : (
        <p class="banner bad">
          <Said>{value.last_error}</Said>
        </p>
      )}
      <dl class="figures">
        <Figure label="Version" value={value.version} note={`in force: ${value.deployed_version ?? "none"}`} />
        <Figure
          label="Executions"
          value={figure(value.active_executions, 0)}
          note={<a href={href("executions")}>all executions</a>}
        />
        <Figure
          label="Underperforms"
          value={value.underperforming === null ? "no" : `since ${clock(value.underperforming?.since)}`}
          tone={value.underperforming === null ? "plain" : "warn"}
          note={value.underperforming === null ? undefined : <Said>{value.underperforming?.reasons.join("; ")}</Said>}
        />
      </dl>
      <div class="panels">
        <Panel title="Parameters">
          <Values
            of={value.parameters}
            open
            empty="It has none."
            effect="That is a new version; what runs has them between two events."
            save={(parameters) => call("updateStrategy", { params, body: { parameters } })}
            done={reload}
          />
        </Panel>
        <Panel title="Limits">
          <Values
            of={value.risk_limits}
            known={LIMITS}
            empty="None of its own."
            effect="It binds what runs with the next order."
            save={(limits) =>
              call("updateStrategy", { params, body: { risk_limits: limits as Readonly<Record<string, null>> } })
            }
            done={reload}
          />
        </Panel>
        <Panel title="Versions" wide aside={<Turner way={way} go={go} answer={versions} />}>
          <Table
            name="Versions"
            rows={versions.value?.versions ?? null}
            idOf={({ version }) => version}
            empty="One of the 18 has none."
            columns={[
              { head: "Version", cell: ({ version }) => version },
              { head: "Made", cell: ({ created_at: at }) => clock(at) },
              { head: "Last in force", cell: ({ deployed_at: at }) => clock(at) },
              {
                head: "",
                cell: ({ version, deployed_at: at }) =>
                  at === null || version === value.deployed_version ? null : (
                    <Action
                      run={() =>
                        call("rollbackStrategy", { params, body: rollbackOf(version, value.deployed_version) })
                      }
                      done={answer.again}
                      danger
                      confirm={`Version ${version} comes back into force between two events, instead of ${value.deployed_version ?? "none"}.`}
                    >
                      Roll back to it
                    </Action>
                  ),
              },
            ]}
          />
        </Panel>
        {value.kind === "builtin" ? null : (
          <Panel title="Code" wide aside={role.value === "read" ? undefined : <a href={href("editor", id)}>edit</a>}>
            <pre class="code" tabIndex={0}>
              {value.code}
            </pre>
          </Panel>
        )}
      </div>
    </>
  );
}

/** From the version that is shown as the one in force: who was faster is told, not run over. */
function rollbackOf(to: string, from: string | null) {
  return { to_version: to, ...(from === null ? {} : { from_version: from }) };
}

const LIMITS = {
  max_position_size: "above 0, in units of account",
  daily_loss_limit: "at most 0; a loss is negative",
  max_drawdown: "-1 to 0",
  max_open_positions: "at least 1",
};

const SILENCED = "Each of its open signals is ended by an exit, and it is silent until it is resumed.";
const PAUSED =
  "What it decides is dropped until it is resumed, exits as well. Positions stay open; stops and targets that are in the market stay there.";

function Moves({ of, again }: { readonly of: Strategy; readonly again: () => void }) {
  const request = { params: { strategy_id: of.strategy_id } };
  const running = of.lifecycle_state === "running";
  const paused = of.status === "paused";
  return (
    <span class="moves">
      {of.kind === "builtin" ? null : <Deploy id={of.strategy_id} again={again} />}
      {of.deployed_version !== null && !running && !paused ? (
        <Action run={() => call("startStrategy", { ...request, body: {} })} done={again}>
          Trade on paper
        </Action>
      ) : null}
      {paused ? (
        <Action run={() => call("resumeStrategy", request)} done={again}>
          Resume
        </Action>
      ) : (
        <Action
          run={() => call("pauseStrategy", request)}
          done={again}
          confirm={of.kind === "builtin" ? SILENCED : PAUSED}
        >
          Pause
        </Action>
      )}
      {running ? (
        <Action
          run={() => call("stopStrategy", request)}
          done={again}
          danger
          confirm="Its executions stop deciding, their orders and a pipeline under way are cancelled. Positions are not closed: they count at their last price; at a venue they stay open."
        >
          Stop
        </Action>
      ) : null}
    </span>
  );
}

const WAYS = ["direct", "blue_green", "canary", "rolling"] as const;

export function Deploy({ id, again }: { readonly id: string; readonly again: () => void }) {
  const [how, choose] = useState<(typeof WAYS)[number]>("canary");
  if (role.value === "read") return null;
  const run = async () => {
    const answer = await call("deployStrategy", { params: { strategy_id: id }, body: { deployment_type: how } });
    if (answer.ok) location.hash = href("pipelines", answer.value.pipeline_id);
    return answer;
  };
  return (
    <span class="moves">
      <select
        aria-label="How it comes into force"
        value={how}
        onChange={({ currentTarget }) => choose(WAYS.find((way) => way === currentTarget.value) ?? "direct")}
      >
        {WAYS.map((way) => (
          <option key={way} value={way}>
            {words(way)}
          </option>
        ))}
      </select>
      <Action
        run={run}
        done={again}
        {...(how === "direct"
          ? {
              confirm:
                "When its stages have passed, the version is in force for everything at once, without a step between.",
            }
          : {})}
      >
        Deploy
      </Action>
      <Badge>six stages first</Badge>
    </span>
  );
}
