// A run over history is begun: one set of parameters, or every combination of up to two that vary.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { call } from "../engine.ts";
import { words } from "../format.ts";
import { gridOf, type Varied } from "../grid.ts";
import { Action } from "../parts/button.tsx";
import { Panel } from "../parts/panel.tsx";
import { href } from "../route.ts";

const NONE: Varied = { name: "", values: "" };

export function Begin() {
  const types = useAnswer("listStrategyTypes", {}, { everyMs: 600_000 });
  const [type, choose] = useState("momentum_rider");
  const [symbols, name] = useState("");
  const [days, last] = useState("180");
  const [varied, vary] = useState<readonly Varied[]>([NONE, NONE]);
  const known = types.value?.strategy_types ?? [];
  const names = (known.find((one) => one.name === type)?.parameters ?? []).map((parameter) => parameter.name);
  const wanted = symbols.split(/[\s,]+/).filter((symbol) => symbol !== "");
  const grid = gridOf(varied);
  const body = {
    strategy_type: type,
    duration_days: Number(days),
    ...(wanted.length === 0 ? {} : { symbols: wanted }),
  };
  const backtest = async () => {
    const answer = await call("createBacktest", { body });
    if (answer.ok) location.hash = href("research", answer.value.backtest_id);
    return answer;
  };
  const sweep = async () => {
    const answer = await call("createSweep", { body: { ...body, grid: typeof grid === "string" ? {} : grid } });
    if (answer.ok) location.hash = href("research", answer.value.sweep_id);
    return answer;
  };
  return (
    <Panel title="Run one" wide>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Strategy
          <select
            value={type}
            onChange={({ currentTarget }) => {
              choose(currentTarget.value);
              vary([NONE, NONE]);
            }}
          >
            {known.map((one) => (
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
        <Action run={backtest}>Run</Action>
      </form>
      <details>
        <summary>Vary parameters</summary>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          {varied.map((one, index) => (
            <Parameter
              key={index}
              number={index + 1}
              of={one}
              names={names}
              change={(next) => vary(varied.with(index, next))}
            />
          ))}
          <Action run={sweep} disabled={typeof grid === "string"}>
            Sweep
          </Action>
          <p class="muted" role="status">
            {typeof grid === "string"
              ? grid
              : `${Object.values(grid).reduce((all, { length }) => all * length, 1)} sets`}
          </p>
        </form>
      </details>
    </Panel>
  );
}

interface ParameterProps {
  readonly number: number;
  readonly of: Varied;
  readonly names: readonly string[];
  readonly change: (next: Varied) => void;
}

function Parameter({ number, of, names, change }: ParameterProps) {
  return (
    <>
      <label>
        Parameter {number}
        <select value={of.name} onChange={({ currentTarget }) => change({ ...of, name: currentTarget.value })}>
          <option value="">none</option>
          {names.map((one) => (
            <option key={one} value={one}>
              {words(one)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Its values
        <input
          placeholder="1, 1.2, 1.5"
          value={of.values}
          onInput={({ currentTarget }) => change({ ...of, values: currentTarget.value })}
        />
      </label>
    </>
  );
}
