// Tests that every strategy with code has to pass, made from what it declares and run on markets that are made up or given:
// that it begins, keeps within what an event may cost, survives odd markets and the ends of its parameters, decides the same
// again, does not change its mind when more follows, does not go by the date itself, and does not grow for ever. Nothing
// here depends on a clock but the times that are told. A strategy that hangs is ended by its fuel; who calls this on the
// main thread still waits for it.
import type { EpochUs } from "../domain/units.ts";
import { Random } from "../domain/random.ts";
import type { History } from "../history/history.ts";
import {
  type CompiledStrategy,
  type CompiledTests,
  type Given,
  openProgram,
  runTests,
  type Usage,
} from "../sandbox/sandbox.ts";
import type { CodeRequest } from "./code-request.ts";
import { type CodeFailure, type CodeHooks, codeData, explainCodeFault, runCode } from "./code-run.ts";
import { codeLookAhead, codeSource, codeWarmUp } from "./code-signals.ts";
import { momentsBetween } from "./look-ahead.ts";
import type { Outcome } from "./outcome.ts";
import { programSignals } from "./program-signals.ts";
import { CALENDAR_US, shiftedHistory } from "./shifted-history.ts";
import { longMarket, oddMarkets, ordinaryMarket } from "./test-markets.ts";

export interface CodeTest {
  readonly name: string;
  readonly passed: boolean;
  /** Null when it passed. */
  readonly reason: string | null;
  readonly ms: number;
}

export interface CodeTestReport {
  readonly passed: boolean;
  readonly tests: readonly CodeTest[];
  /** What an author should know and what fails nothing. */
  readonly notes: readonly string[];
}

export interface CodeTestOptions {
  /** Parameters of the strategy as stored. */
  readonly given: Given;
  readonly symbols: readonly string[];
  /** The author's own tests, which come first. */
  readonly own?: CompiledTests | null;
  /** Where recorded data is to be used beside what is made up: its last rows before `to`. */
  readonly market?: { readonly history: History; readonly from: EpochUs; readonly to: EpochUs };
}

/** Shares of what one event may cost: of all events together, and at which sum the run is given up. */
const MEAN_WORK_MAX = 0.05;
const WORK_SUM_MAX = 60;
const LONG_WORK = 500;
const LONG_EVENTS = 60_000;
const LONG_EVENTS_PYTHON = 3_000;
/** An interpreter takes a thousand times as long for an event, so its markets are shorter. */
const PYTHON_SHARE = 0.25;
/** Bounds beyond this are none: the author named no range. */
const BOUND_MAX = 1e300;
const GROWTH = 4;
const GROWN_BYTES = 1 << 20;
const CUTS = 4;
const STARTS = 3;
const SEED = 7;
/** Span of a market that is given. */
const GIVEN_SPAN_US = 7 * 86_400e6;

export async function testCode(compiled: CompiledStrategy, options: CodeTestOptions): Promise<CodeTestReport> {
  const trial = new Trial(compiled, options);
  if (!(await trial.test("begins with its parameters", () => trial.begins()))) return trial.report();
  await trial.own();
  if (!(await trial.test("keeps within what an event may cost", () => trial.withinBudget()))) return trial.report();
  for (const { name, history } of oddMarkets(trial.symbols, trial.share))
    await trial.test(`survives ${name}`, () => trial.survives(history));
  for (const { name, least, most } of compiled.parameters)
    for (const value of new Set([least, most].filter((bound) => Math.abs(bound) < BOUND_MAX)))
      await trial.test(`works with ${name} = ${value}`, () => trial.survives(trial.market, { [name]: value }));
  await trial.test("decides the same on the same market", () => trial.repeats());
  await trial.test("decides the same when more follows", () => trial.holdsItsWord());
  await trial.test("does not go by the date itself", () => trial.knowsNoDates());
  await trial.test("does not grow for ever", () => trial.staysSmall());
  await trial.noteWarmUp();
  return trial.report();
}

/** A test answers why it failed; null: it did not. */
type Verdict = Promise<string | null>;

class Trial {
  readonly symbols: readonly string[];
  readonly market: History;
  /** Of the usual length of markets. */
  readonly share: number;
  private readonly compiled: CompiledStrategy;
  private readonly request: CodeRequest;
  private readonly tests: CodeTest[] = [];
  private readonly notes: string[] = [];
  private readonly authors: CompiledTests | null;
  /** Null: nothing is counted. */
  private meanWork: number | null = null;

  constructor(compiled: CompiledStrategy, { given, symbols, market, own = null }: CodeTestOptions) {
    this.authors = own;
    this.compiled = compiled;
    this.symbols = symbols;
    this.share = compiled.language === "python" ? PYTHON_SHARE : 1;
    this.market = market?.history ?? ordinaryMarket(symbols, this.share);
    const span =
      market === undefined
        ? {}
        : { from: Math.max(market.from, market.to - GIVEN_SPAN_US * this.share), to: market.to };
    this.request = { name: "tested", parameters: given, symbols, capital: 100_000, ...span };
  }

  report(): CodeTestReport {
    return { passed: this.tests.every(({ passed }) => passed), tests: this.tests, notes: this.notes };
  }

  async test(name: string, work: () => Verdict): Promise<boolean> {
    const begin = performance.now();
    const reason = await work();
    this.tests.push({ name, passed: reason === null, reason, ms: performance.now() - begin });
    return reason === null;
  }

  async own(): Promise<void> {
    if (this.authors !== null) this.tests.push(...(await runTests(this.authors)));
  }

  async begins(): Verdict {
    const opened = await openProgram(this.compiled, this.symbols, this.request.parameters, programSignals);
    if (!opened.ok) return opened.failure.message;
    opened.value.close();
    const data = codeData(this.market, this.request);
    return data.ok ? null : explained(data.failure);
  }

  async withinBudget(): Verdict {
    let [sum, events, worst] = [0, 0, 0];
    const onUsage = ({ work }: Usage): boolean => {
      sum += work;
      events++;
      worst = Math.max(worst, work);
      return sum > WORK_SUM_MAX && sum > events * MEAN_WORK_MAX;
    };
    const run = await this.run(this.market, {}, { onUsage });
    if (typeof run === "string" && run !== "cancelled") return run;
    this.meanWork = events > 0 ? sum / events : null;
    if (events === 0 || sum <= events * MEAN_WORK_MAX) return null;
    const [mean, most] = [sum / events, worst].map((share) => `${(100 * share).toFixed(1)} %`);
    return `an event takes ${mean} of what a single one may take (at most ${most}); all together must stay below ${100 * MEAN_WORK_MAX} %`;
  }

  async survives(history: History, parameters: Given = {}): Verdict {
    // The span is that of the market that was given; made-up markets have their own.
    const own = history === this.market ? {} : { from: -Infinity, to: Infinity };
    const run = await this.run(history, { ...own, parameters: { ...this.request.parameters, ...parameters } });
    return typeof run === "string" ? run : null;
  }

  async repeats(): Verdict {
    const [one, other] = [await this.run(this.market), await this.run(this.market)];
    if (typeof one === "string") return one;
    if (typeof other === "string") return `the second time: ${other}`;
    const same = one.signalHash === other.signalHash && one.resultHash === other.resultHash;
    return same ? null : "two runs over the same market differ";
  }

  async holdsItsWord(): Verdict {
    const { from, to } = this.span();
    const found = await codeLookAhead(this.source(this.market), momentsBetween(from, to, CUTS, new Random(SEED)));
    if (!found.ok) return explained(found.failure);
    const [first] = found.value;
    if (first === undefined) return null;
    const how = first.onlyWithFuture ? "is there only when more follows" : "is another one when more follows";
    return `the decision at ${iso(first.time)} ${how}`;
  }

  /** Whoever has dates of the past in the code may know what happened then. */
  async knowsNoDates(): Verdict {
    const whole = await this.source(this.market)({});
    if (!whole.ok) return explained(whole.failure);
    const { from, to } = this.span();
    const later = { from: from + CALENDAR_US, to: to + CALENDAR_US };
    const moved = await this.source(shiftedHistory(this.market, CALENDAR_US))(later);
    if (!moved.ok) return `28 years later: ${explained(moved.failure)}`;
    const [here, there] = [whole.value.signals, moved.value.signals];
    const place = here.findIndex(({ whole: said }, index) => said !== there[index]?.whole);
    if (place < 0 && there.length === here.length) return null;
    const time = here[place]?.time ?? (there[here.length]?.time ?? 0) - CALENDAR_US;
    return `the decision at ${iso(time)} is another one when the same market comes 28 years later, on the same days of the week and month: a date is written into the code`;
  }

  async staysSmall(): Verdict {
    const most = this.compiled.language === "python" ? LONG_EVENTS_PYTHON : LONG_EVENTS;
    const affordable = LONG_WORK / Math.max(this.meanWork ?? 1, 1e-9);
    const events = Math.floor(Math.min(most, Math.max(2_000, affordable)));
    const sizes: number[] = [];
    const onUsage = ({ memoryBytes }: Usage): boolean => {
      sizes.push(memoryBytes);
      return false;
    };
    const run = await this.run(longMarket(this.symbols, events), { from: -Infinity, to: Infinity }, { onUsage });
    if (typeof run === "string") return run;
    const [early, late] = [sizes[sizes.length >> 2] ?? 0, sizes.at(-1) ?? 0];
    if (sizes.length === 0 || late < GROWN_BYTES || late < GROWTH * early) return null;
    const each = late / sizes.length;
    return `its memory grows with every event: ${mib(early)} after ${sizes.length >> 2} events, ${mib(late)} after ${sizes.length}, some ${Math.ceil(each)} bytes each`;
  }

  /** A note and no test: strategies that count their bars are no worse for it. */
  async noteWarmUp(): Promise<void> {
    const { from, to } = this.span();
    const starts = momentsBetween(from, from + (to - from) / 2, STARTS, new Random(SEED));
    const found = await codeWarmUp(this.source(this.market), starts, to);
    if (!found.ok) return;
    const { rows, signals } = found.value;
    if (signals === 0) this.notes.push("it decided nothing on the market of the tests");
    else if (rows === null)
      this.notes.push(
        "what it decides depends on where the tape begins, however long ago that was: it counts events, or never forgets",
      );
    else if (rows > 0) this.notes.push(`where the tape begins no longer matters after ${rows} events`);
  }

  private source(history: History) {
    return codeSource(history, this.request, this.compiled);
  }

  private span(): { readonly from: EpochUs; readonly to: EpochUs } {
    const data = codeData(this.market, this.request);
    return data.ok ? data.value : { from: 0, to: 1 };
  }

  /** The outcome, or why there is none. */
  private async run(
    history: History,
    change: Partial<CodeRequest> = {},
    hooks: CodeHooks = {},
  ): Promise<Outcome | string> {
    const run = await runCode(history, { ...this.request, ...change }, this.compiled, hooks);
    return run.ok ? run.value : explained(run.failure);
  }
}

function explained(failure: CodeFailure): string {
  if (failure.code === "strategy_fault") return explainCodeFault(failure);
  if (failure.code === "cancelled") return "cancelled";
  return failure.code === "invalid" ? `${failure.field} ${failure.issue}` : failure.issue;
}

function iso(time: EpochUs): string {
  return new Date(time / 1000).toISOString();
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
