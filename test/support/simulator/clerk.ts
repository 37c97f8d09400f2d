// Somebody who registers, changes, moves and deletes strategies by the engine's own registry and audit trail, over a store
// that fails, and keeps beside it what was answered. At every start the database is compared with that, and the stored
// trail is judged: each move by the table of the life cycle, each entry by the one before, the whole by its chain of hashes.
import { targets, MOVES, type Move, type Status } from "../../../src/manage/lifecycle.ts";
import { ChainWalk } from "../../../src/manage/oversight/chain.ts";
import { Audit } from "../../../src/manage/oversight/oversight.ts";
import { Activation, Registry, type Strategy } from "../../../src/manage/registry/registry.ts";
import { auditTable } from "../../../src/store/operations.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { Result } from "../../../src/domain/result.ts";
import type { Random } from "../random.ts";
import { must } from "./facts.ts";
import type { Lies, TradingLie } from "./lies.ts";

const MOST = 12;
const STRATEGIES =
  "SELECT strategy_id, status, version, parameters FROM strategies WHERE deleted_at IS NULL AND strategy_id LIKE 'strat!_%' ESCAPE '!'";

interface Seen {
  readonly status: Status;
}

/** What anybody is told of a strategy, as one text. */
function told({ status, version, parameters }: Strategy): string {
  return JSON.stringify([status, version, parameters]);
}

export class Clerk {
  readonly count = { changes: 0, refused: 0, moves: 0 };
  private readonly random: Random;
  private readonly nowUs: () => number;
  /** For the proof of the simulator. */
  private readonly lies: Lies<TradingLie>;
  private registry: Registry | null = null;
  private audit: Audit | null = null;
  /** As it was confirmed last. */
  private readonly confirmed = new Map<string, string>();
  /** Those of which an answer was in doubt, or did not come before the end. */
  private readonly doubtful = new Set<string>();
  private readonly underWay = new Map<string, number>();
  /** New ones whose id nobody was told. */
  private nameless = 0;
  /** An answer was in doubt once: its entries need not follow each other. */
  private readonly torn = new Set<string>();

  constructor(random: Random, nowUs: () => number, lies: Lies<TradingLie>) {
    this.random = random;
    this.nowUs = nowUs;
    this.lies = lies;
  }

  async live(store: Store): Promise<void> {
    const audit = new Audit(store, this.nowUs, SILENT_LOG);
    await audit.load();
    const activation = new Activation({ plane: () => null, strategy: () => null, log: SILENT_LOG });
    const registry = new Registry({ store, now: this.nowUs, activation, audit });
    await registry.load();
    this.audit = audit;
    this.registry = registry;
  }

  /** A clean stop: every answer has come. */
  async stop(): Promise<void> {
    await this.audit?.close();
  }

  /** The process ends: what was not answered is in doubt. */
  die(): void {
    for (const id of this.underWay.keys()) this.doubt(id);
    this.underWay.clear();
    this.registry = null;
    this.audit = null;
  }

  operate(): void {
    const { registry, random } = this;
    if (registry === null) return;
    const ids = [...this.confirmed.keys()];
    const id = ids[random.integer(ids.length)];
    const what = random.next();
    if (id !== undefined && !this.underWay.has(id)) this.lie(registry, id);
    if (id === undefined || (ids.length < MOST && what < 0.15)) return this.create(registry);
    if (what < 0.35) this.change(id, () => registry.update(id, { parameters: this.parameters() }, "clerk"));
    else if (what < 0.93) this.move(registry, id);
    else this.remove(registry, id);
  }

  /** The database at rest. */
  examine(driver: SqlDriver, end: string): void {
    const stored = new Map<string, string>();
    for (const row of driver.all(STRATEGIES))
      stored.set(
        String(row["strategy_id"]),
        JSON.stringify([row["status"], row["version"], JSON.parse(String(row["parameters"]))]),
      );
    for (const [id, text] of this.confirmed) {
      if (this.doubtful.has(id)) continue;
      must(stored.get(id) === text, () => `${id} was confirmed as ${text}, and is ${stored.get(id)} after a ${end}`);
    }
    const unknown = [...stored.keys()].filter((id) => !this.confirmed.has(id) && !this.doubtful.has(id));
    must(unknown.length <= this.nameless, () => `${unknown.length} strategies are there that nobody was told of`);
    this.judge(driver);
    this.confirmed.clear();
    for (const [id, text] of stored) this.confirmed.set(id, text);
    this.doubtful.clear();
    this.nameless = 0;
  }

  /** An entry of something that did not happen: from a state that it was not in, or by a move that there is not. */
  private lie(registry: Registry, target: string): void {
    const status = registry.get(target)?.status ?? "draft";
    const other = status === "draft" ? "deployed" : "draft";
    const move = MOVES.find((one: Move) => !targets(status, one).includes(status)) ?? "stop";
    const noted = (action: string, from: Status, to: Status): void =>
      void this.audit?.record({ actor: "clerk", action, target, from: { status: from }, to: { status: to } });
    if (this.lies("odd-entry", 0.5)) noted("strategy.update", other, other);
    if (this.lies("odd-move")) noted(`strategy.${move}`, status, status);
  }

  private judge(driver: SqlDriver): void {
    const walk = new ChainWalk();
    const last = new Map<string, Status | null>();
    this.count.moves = 0;
    for (const row of driver.iterate("SELECT * FROM audit ORDER BY position")) {
      const entry = auditTable.read(row);
      must(walk.take(entry), () => `the audit trail is broken at entry ${entry.position}`);
      const { action, target } = entry;
      const [before, after] = [
        (entry.before as Seen | null)?.status ?? null,
        (entry.after as Seen | null)?.status ?? null,
      ];
      const known = last.get(target) ?? null;
      const follows = known === before || this.torn.has(target);
      must(follows, () => `${action} of ${target} begins with ${before}, the entry before it ended with ${known}`);
      last.set(target, after);
      const move = MOVES.find((one: Move) => action === `strategy.${one}`);
      if (move !== undefined) this.count.moves++;
      const legal =
        move === undefined ? before === after || before === null || after === null : isLegal(before, move, after);
      must(legal, () => `${action} of ${target} went from ${before} to ${after}`);
    }
  }

  private create(registry: Registry): void {
    const code = `// strategy ${this.random.integer(1_000)}\nexport function create(): void {}\n`;
    const given = { name: "simulated", code, language: "assemblyscript", parameters: this.parameters() } as const;
    this.nameless++; // until it is answered
    this.answered(registry.create(given, "clerk"), (done) => {
      if (done.ok) this.confirmed.set(done.value.strategyId, told(done.value));
      if (done.ok || done.failure.code !== "storage_unavailable") this.nameless--;
    });
  }

  private move(registry: Registry, id: string): void {
    const { random } = this;
    const move = MOVES[random.integer(MOVES.length)] ?? "stop";
    const status = registry.get(id)?.status ?? "draft";
    const all = targets(status, move);
    const to = all[random.integer(all.length)];
    const chosen = to === undefined || random.next() < 0.5 ? {} : { to };
    this.change(id, () => registry.move(id, move, { actor: "clerk", ...chosen }));
  }

  private remove(registry: Registry, id: string): void {
    this.begin(id);
    this.answered(registry.remove(id, this.random.next() < 0.5, "clerk"), (done) => {
      this.over(id, done);
      if (!done.ok) return;
      this.confirmed.delete(id);
      this.doubtful.delete(id);
    });
  }

  private change(id: string, work: () => Promise<Result<Strategy, Failure>>): void {
    this.begin(id);
    this.answered(work(), (done) => {
      this.over(id, done);
      if (!done.ok) return;
      this.confirmed.set(id, told(done.value));
      this.doubtful.delete(id);
    });
  }

  private answered<T>(work: Promise<Result<T, Failure>>, settled: (done: Result<T, Failure>) => void): void {
    const { registry } = this;
    void work.then((answer) => {
      if (this.registry !== registry) return; // of a life that is over
      if (answer.ok) this.count.changes++;
      else this.count.refused++;
      settled(answer);
    });
  }

  private begin(id: string): void {
    this.underWay.set(id, (this.underWay.get(id) ?? 0) + 1);
  }
  private over(id: string, done: Result<unknown, Failure>): void {
    const left = (this.underWay.get(id) ?? 1) - 1;
    if (left > 0) this.underWay.set(id, left);
    else this.underWay.delete(id);
    if (!done.ok && done.failure.code === "storage_unavailable") this.doubt(id);
  }
  private doubt(id: string): void {
    this.doubtful.add(id);
    this.torn.add(id);
  }

  private parameters(): Readonly<Record<string, unknown>> {
    return { level: this.random.integer(1_000), symbols: ["BTCUSDT"] };
  }
}

function isLegal(before: Status | null, move: Move, after: Status | null): boolean {
  return before !== null && after !== null && targets(before, move).includes(after);
}
