// Write or paste code, hear at once what is wrong with it and where, try it on recorded data, deploy it.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { Desks, isSaved, type Desk as DeskOf, type Draft } from "../drafts.ts";
import { call, granted, role, type Answer } from "../engine.ts";
import { changesOf } from "../feeds.ts";
import { span, words } from "../format.ts";
import { Action } from "../parts/button.tsx";
import { Badge, Empty, Panel, Trouble, Unknown } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Said } from "../parts/said.tsx";
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

const NEW: Draft = { id: null, name: "My strategy", code: EXAMPLE, saved: null, savedName: null };

interface Told {
  readonly test: Test;
  readonly seconds: number;
  readonly why: readonly string[];
  readonly result: ResponseOf<"testStrategy">["result"] | null;
}

const desks = new Desks<Told>(NEW, sessionStorage);

/** Another address is another draft. */
export function Editor({ item }: PageProps) {
  return <Desk key={item ?? ""} item={item} />;
}

function Desk({ item }: PageProps) {
  const desk = desks.of(item);
  const [lacks, lack] = useState<string | null>(null);
  const change = (next: (now: Draft) => Draft): void =>
    lack(
      desks.change(item, next) ? null : "This tab has no room to keep it: test it, which saves it, before you leave.",
    );
  const loaded = useAnswer(
    "getStrategy",
    { params: { strategy_id: item ?? "" } },
    { everyMs: 60_000, when: changesOf(item ?? ""), asked: item !== null },
  );
  useEffect(() => {
    if (item !== null && loaded.value !== null) lay(item, loaded.value, desk);
  }, [item, loaded.value]);
  if (role.value === "read")
    return (
      <Empty>
        {granted.value === null
          ? "Whether this key may write is not known yet."
          : "This key may only read, so there is nothing to write here."}
      </Empty>
    );
  const draft = desk.draft.value;
  if (draft === null) return loaded.why === null ? <Unknown /> : <Trouble why={loaded.why} />;
  return (
    <>
      <Trouble why={lacks ?? loaded.why} />
      <div class="panels">
        <Panel title="Code" wide aside={<Aside item={item} draft={draft} desk={desk} change={change} />}>
          <label>
            Name
            <input
              value={draft.name}
              onInput={({ currentTarget: { value: name } }) => change((now) => ({ ...now, name }))}
            />
          </label>
          <Code
            text={draft.code}
            change={(code) => change((now) => ({ ...now, code }))}
            marks={linesOf(desk.told.value)}
          />
          <Tests desk={desk} change={change} again={loaded.again} />
          {draft.id === null || !isSaved(draft) ? null : <Deploy id={draft.id} again={() => undefined} />}
        </Panel>
        <Panel title="What came out" wide>
          <Outcome told={desk.told.value} />
        </Panel>
      </div>
    </>
  );
}

/** What the engine has comes under what somebody has typed. */
function lay(
  id: string,
  { strategy_name: name, code }: ResponseOf<"getStrategy">,
  { draft, busy }: DeskOf<Told>,
): void {
  // A test that is under way has saved what it tests; behind it the engine is asked again.
  if (busy.peek()) return;
  const before = draft.peek();
  const typed = before === null || isSaved(before) ? { name, code } : { name: before.name, code: before.code };
  desks.change(id, () => ({ id, ...typed, saved: code, savedName: name }));
}

interface AsideProps {
  readonly item: string | null;
  readonly draft: Draft;
  readonly desk: DeskOf<Told>;
  readonly change: (next: (now: Draft) => Draft) => void;
}

function Aside({ item, draft, desk, change }: AsideProps) {
  const { id, name, code, saved, savedName } = draft;
  const put = (next: Draft) => (): void => {
    desk.told.value = null;
    change(() => next);
  };
  const button = (label: string, next: Draft, confirm?: string) => (
    <Action
      run={() => Promise.resolve({ ok: true, value: null })}
      done={put(next)}
      disabled={desk.busy.value}
      {...(confirm === undefined ? {} : { confirm })}
    >
      {label}
    </Action>
  );
  return (
    <>
      <Saved draft={draft} />
      {saved !== null && savedName !== null && !isSaved(draft)
        ? button(
            "Drop the changes",
            { id, name: savedName, code: saved, saved, savedName },
            "What is not saved is gone.",
          )
        : null}
      {item === null && isSaved(draft) ? button("Write another", NEW) : null}
      {saved === null && (code !== NEW.code || name !== NEW.name)
        ? button("Begin anew", NEW, "What is not saved is gone.")
        : null}
    </>
  );
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
  readonly desk: DeskOf<Told>;
  readonly change: (next: (now: Draft) => Draft) => void;
  /** What the engine has is asked for once more. */
  readonly again: () => void;
}

function Tests({ desk, change, again }: TestsProps) {
  const run = (test: Test) => async (): Promise<Answer<unknown>> => {
    const draft = desk.draft.peek();
    // One at a time: two that begin at once would both create the strategy.
    if (draft === null || desk.busy.peek()) return { ok: true, value: null };
    desk.busy.value = true;
    try {
      return await tried(test, draft, desk, change);
    } finally {
      desk.busy.value = false;
      again();
    }
  };
  return (
    <p class="moves">
      {TESTS.map((test) => (
        <Action key={test} run={run(test)} disabled={desk.busy.value}>
          {words(test)}
        </Action>
      ))}
    </p>
  );
}

/** Saved and tested; what comes out lies on the desk, also when another page is shown by then. */
async function tried(
  test: Test,
  draft: Draft,
  desk: DeskOf<Told>,
  change: TestsProps["change"],
): Promise<Answer<unknown>> {
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
  if (answer.ok) desk.told.value = { test, seconds, why: [], result: answer.value.result };
  else if (answer.failure.code === "refused" && answer.failure.error === "code_error")
    desk.told.value = { test, seconds, why: answer.failure.details.map(({ issue }) => issue), result: null };
  else return answer;
  return { ok: true, value: null };
}

function linesOf(told: Told | null): readonly number[] {
  return (told?.why ?? []).flatMap((why) => {
    const found = /line (\d+)/.exec(why);
    return found === null ? [] : [Number(found[1])];
  });
}

/** Where the faults of the code are told: who does not see the marks hears them with the code. */
const FAULTS = "faults-of-the-code";

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
        aria-invalid={marks.length > 0}
        aria-describedby={marks.length > 0 ? FAULTS : undefined}
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
      <ul class="list" id={FAULTS}>
        {told.why.map((why) => (
          <li key={why} class="trouble">
            <Said>{why}</Said>
          </li>
        ))}
      </ul>
      {told.result === null ? null : <Pairs of={Object.fromEntries(shown)} />}
    </div>
  );
}
