// Write or paste code, hear at once what is wrong with it and where, try it on recorded data, deploy it.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, role, type Answer } from "../engine.ts";
import { span, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Badge, Empty, Panel } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { href } from "../route.ts";
import { Deploy } from "./strategies.tsx";
import { EXAMPLE } from "./example-code.ts";
import type { PageProps } from "../pages.ts";
import type { ResponseOf } from "../../client/client.ts";

const TESTS = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;
type Test = (typeof TESTS)[number];

interface Draft {
  readonly id: string | null;
  readonly name: string;
  readonly code: string;
  /** As the engine has it; null: it has not. */
  readonly saved: string | null;
  readonly savedName: string | null;
}

const NEW: Draft = { id: null, name: "My strategy", code: EXAMPLE, saved: null, savedName: null };

interface Told {
  readonly test: Test;
  readonly seconds: number;
  readonly why: readonly string[];
  readonly result: ResponseOf<"testStrategy">["result"] | null;
}

/** Another address is another draft. */
export function Editor({ item }: PageProps) {
  return <Desk key={item ?? ""} item={item} />;
}

function Desk({ item }: PageProps) {
  const [draft, change] = useState<Draft>(NEW);
  const [told, tell] = useState<Told | null>(null);
  const [lacks, lack] = useState<string | null>(null);
  useEffect(() => {
    if (item === null) return;
    void call("getStrategy", { params: { strategy_id: item } }).then((answer) => {
      if (!answer.ok) {
        lack(answer.why);
        return;
      }
      const { strategy_name: name, code } = answer.value;
      change({ id: item, name, code, saved: code, savedName: name });
    });
  }, [item]);
  if (role.value === "read") return <Empty>This key may only read, so there is nothing to write here.</Empty>;
  return (
    <>
      {lacks === null ? null : <p class="trouble">{lacks}</p>}
      <div class="panels">
        <Panel title="Code" wide aside={<Saved draft={draft} />}>
          <label>
            Name
            <input
              value={draft.name}
              onInput={({ currentTarget: { value: name } }) => change((now) => ({ ...now, name }))}
            />
          </label>
          <Code text={draft.code} change={(code) => change((now) => ({ ...now, code }))} marks={linesOf(told)} />
          <Tests draft={draft} change={change} tell={tell} />
          {draft.id === null || !isSaved(draft) ? null : <Deploy id={draft.id} again={() => undefined} />}
        </Panel>
        <Panel title="What came out" wide>
          <Outcome told={told} />
        </Panel>
      </div>
    </>
  );
}

function isSaved({ saved, savedName, code, name }: Draft): boolean {
  return saved === code && savedName === name;
}

function Saved({ draft }: { readonly draft: Draft }) {
  if (draft.saved === null) return <Badge>not saved</Badge>;
  if (!isSaved(draft)) return <Badge tone="warn">changed</Badge>;
  return draft.id === null ? null : <a href={href("strategies", draft.id)}>saved as {draft.id}</a>;
}

/** What was typed is what is tested: each test saves first. Comes to the id; only what has changed is sent. */
async function save(draft: Draft): Promise<Answer<string>> {
  const { id, name, code } = draft;
  if (id === null) {
    const answer = await call("createStrategy", { body: { strategy_name: name, code } });
    return answer.ok ? { ok: true, value: answer.value.strategy_id } : answer;
  }
  if (isSaved(draft)) return { ok: true, value: id };
  const body = {
    ...(draft.savedName === name ? {} : { strategy_name: name }),
    ...(draft.saved === code ? {} : { code }),
  };
  const answer = await call("updateStrategy", { params: { strategy_id: id }, body });
  return answer.ok ? { ok: true, value: id } : answer;
}

interface TestsProps {
  readonly draft: Draft;
  readonly change: (next: (now: Draft) => Draft) => void;
  readonly tell: (told: Told) => void;
}

function Tests({ draft, change, tell }: TestsProps) {
  const run = (test: Test) => async (): Promise<Answer<unknown>> => {
    const saved = await save(draft);
    if (!saved.ok) return saved;
    // What was typed meanwhile stays, and is not saved.
    change((now) => ({ ...now, id: saved.value, saved: draft.code, savedName: draft.name }));
    const began = performance.now();
    const answer = await call("testStrategy", {
      params: { strategy_id: saved.value },
      body: { test_type: test },
      timeoutMs: 120_000,
    });
    const seconds = (performance.now() - began) / 1_000;
    if (answer.ok) tell({ test, seconds, why: [], result: answer.value.result });
    else if (answer.failure.code === "refused" && answer.failure.error === "code_error")
      tell({ test, seconds, why: answer.failure.details.map(({ issue }) => issue), result: null });
    else return answer;
    return { ok: true, value: null };
  };
  return (
    <p class="moves">
      {TESTS.map((test) => (
        <Action key={test} run={run(test)}>
          {words(test)}
        </Action>
      ))}
    </p>
  );
}

function linesOf(told: Told | null): readonly number[] {
  return (told?.why ?? []).flatMap((why) => {
    const found = /line (\d+)/.exec(why);
    return found === null ? [] : [Number(found[1])];
  });
}

interface CodeProps {
  readonly text: string;
  readonly change: (text: string) => void;
  /** Lines that something is wrong with, from 1. */
  readonly marks: readonly number[];
}

function Code({ text, change, marks }: CodeProps) {
  const gutter = useRef<HTMLPreElement>(null);
  const lines = text.split("\n").length;
  const numbers = Array.from({ length: lines }, (_, index) => `${marks.includes(index + 1) ? "▶" : " "}${index + 1}`);
  return (
    <div class="editor">
      <pre ref={gutter} aria-hidden="true">
        {numbers.join("\n")}
      </pre>
      <textarea
        aria-label="Code"
        spellcheck={false}
        autocapitalize="off"
        wrap="off"
        rows={24}
        value={text}
        onInput={({ currentTarget }) => change(currentTarget.value)}
        onScroll={({ currentTarget }) => gutter.current?.scrollTo(0, currentTarget.scrollTop)}
      />
    </div>
  );
}

/** Too long for a pair of name and value. */
const APART = new Set(["equity_curve", "trades"]);

function Outcome({ told }: { readonly told: Told | null }) {
  if (told === null)
    return <Empty>Nothing was tried yet. Each test saves the code first; nothing runs before it is deployed.</Empty>;
  const shown = Object.entries(told.result ?? {}).filter(([key]) => !APART.has(key));
  return (
    <div role="status">
      <p>
        <strong>{words(told.test)}</strong> in {span(told.seconds)}{" "}
        {told.why.length > 0 ? <Badge tone="bad">the code has faults</Badge> : null}
      </p>
      <ul class="list">
        {told.why.map((why) => (
          <li key={why} class="trouble">
            {why}
          </li>
        ))}
      </ul>
      {told.result === null ? null : <Pairs of={Object.fromEntries(shown)} />}
    </div>
  );
}
