// Named values that can be changed: typed in place, read as what they are, said again before they are sent; what the
// engine says of them is shown.
import { useState } from "preact/hooks";
import { seen } from "../../domain/seen.ts";
import { role, type Answer } from "../engine.ts";
import { words } from "../format.ts";
import { changesOf, shownValue, type TypedValues, type Values as Named } from "../patch.ts";
import { Action } from "./button.tsx";
import { Pairs } from "./pairs.tsx";
import { Said } from "./said.tsx";

interface ValuesProps {
  readonly of: Named;
  /** Names that can be set though they are not, with what they mean. */
  readonly known?: Readonly<Record<string, string>>;
  /** Whether names that nobody knows can be added. */
  readonly open?: boolean;
  readonly empty: string;
  /** What a change does, for the question before it. */
  readonly effect: string;
  readonly save: (patch: Named) => Promise<Answer<unknown>>;
  readonly done: () => void;
}

export function Values({ of, known = {}, open = false, empty, effect, save, done }: ValuesProps) {
  const [typed, type] = useState<TypedValues | null>(null);
  if (role.value === "read") return <Pairs of={of} empty={empty} />;
  if (typed === null)
    return (
      <>
        <Pairs of={of} empty={empty} />
        <p>
          <button type="button" onClick={() => type({})}>
            Change
          </button>
        </p>
      </>
    );
  const changes = changesOf(of, typed);
  const fault = typeof changes === "string" ? changes : null;
  const list = typeof changes === "string" ? [] : changes;
  const names = [...new Set([...Object.keys(known), ...Object.keys(of), ...Object.keys(typed)])];
  return (
    <form class="values" onSubmit={(event) => event.preventDefault()}>
      {names.map((name) => (
        <label key={name} title={known[name]}>
          <Said>{words(name)}</Said>
          {known[name] === undefined ? null : <span class="small"> {known[name]}</span>}
          <input
            value={typed[name] ?? shownValue(of[name])}
            onInput={({ currentTarget }) => type({ ...typed, [name]: currentTarget.value })}
          />
        </label>
      ))}
      {open ? <Add add={(name) => type({ ...typed, [name]: typed[name] ?? shownValue(of[name]) })} /> : null}
      {fault === null ? null : (
        <p class="trouble" role="status">
          <Said>{fault}</Said>
        </p>
      )}
      <p class="moves">
        <Action
          run={() => save(Object.fromEntries(list.map(({ name, to }) => [name, to])))}
          done={() => {
            type(null);
            done();
          }}
          disabled={list.length === 0}
          confirm={`${seen(list.map(({ name, from, to }) => `${words(name)}: ${shownValue(from) || "none"} → ${shownValue(to) || "none"}`).join("; "))}. ${effect}`}
        >
          Save
        </Action>
        <button type="button" onClick={() => type(null)}>
          Leave it
        </button>
      </p>
    </form>
  );
}

function Add({ add }: { readonly add: (name: string) => void }) {
  const [name, type] = useState("");
  return (
    <p class="moves">
      <input
        aria-label="Name of a further value"
        placeholder="another name"
        value={name}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      <button
        type="button"
        disabled={name.trim() === ""}
        onClick={() => {
          add(name.trim());
          type("");
        }}
      >
        Add
      </button>
    </p>
  );
}
