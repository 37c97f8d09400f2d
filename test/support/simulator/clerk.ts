// Somebody who registers, changes, moves and deletes strategies by the engine's own registry and audit trail, over a store
// that fails, and keeps beside it what was answered. At every start the database is compared with that, and so is the
// stored trail (trail.ts).
import { targets, MOVES, type Move, type Status } from "../../../src/manage/lifecycle.ts";
import { Audit } from "../../../src/manage/oversight/oversight.ts";
import { Activation, Registry, type Strategy } from "../../../src/manage/registry/registry.ts";
import { strategyChange } from "../../../src/manage/registry/trail.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { Result } from "../../../src/domain/result.ts";
import type { Random } from "../random.ts";
import { must } from "./facts.ts";
import type { Lies, TradingLie } from "./lies.ts";
import { told, Trail, type Attempt } from "./trail.ts";

const MOST = 12;
const STRATEGIES =
  "SELECT strategy_id, status, version, parameters FROM strategies WHERE deleted_at IS NULL AND strategy_id LIKE 'strat!_%' ESCAPE '!'";

export class Clerk {
  readonly count = { changes: 0, refused: 0 };
  private readonly trail = new Trail();
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
    for (const id of this.underWay.keys()) this.doubtful.add(id);
    this.underWay.clear();
    this.trail.die();
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
    if (what < 0.35) this.change(id, "update", () => registry.update(id, { parameters: this.parameters() }, "clerk"));
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
    this.trail.judge(driver, stored);
    this.confirmed.clear();
    for (const [id, text] of stored) this.confirmed.set(id, text);
    this.doubtful.clear();
    this.nameless = 0;
  }

  /** An entry of something that did not happen: from a state that it was not in, by a move that there is not, or as it is. */
  private lie(registry: Registry, target: string): void {
    const status = registry.get(target)?.status ?? "draft";
    const other = status === "draft" ? "deployed" : "draft";
    const move = MOVES.find((one: Move) => !targets(status, one).includes(status)) ?? "stop";
    const noted = (action: string, from: Status, to: Status): void =>
      void this.audit?.record({ actor: "clerk", action, target, from: { status: from }, to: { status: to } });
    if (this.lies("odd-entry", 0.5)) noted("strategy.update", other, other);
    if (this.lies("odd-move")) noted(`strategy.${move}`, status, status);
    const now = registry.get(target);
    if (now !== null && this.lies("extra-entry", 0.5))
      void this.audit?.record(strategyChange("clerk", "update", now, now));
  }

  private create(registry: Registry): void {
    const code = `// strategy ${this.random.integer(1_000)}\nexport function create(): void {}\n`;
    const given = { name: "simulated", code, language: "assemblyscript", parameters: this.parameters() } as const;
    const asked = this.trail.ask("create", null);
    this.nameless++; // until it is answered
    this.answered(registry.create(given, "clerk"), (done) => {
      if (!done.ok) this.unmade(asked, done.failure);
      if (done.ok || done.failure.code !== "storage_unavailable") this.nameless--;
      if (!done.ok) return;
      const { strategyId } = done.value;
      this.confirmed.set(strategyId, told(done.value));
      this.trail.confirm(asked, strategyId, told(done.value));
    });
  }

  private move(registry: Registry, id: string): void {
    const { random } = this;
    const move = MOVES[random.integer(MOVES.length)] ?? "stop";
    const status = registry.get(id)?.status ?? "draft";
    const all = targets(status, move);
    const to = all[random.integer(all.length)];
    const chosen = to === undefined || random.next() < 0.5 ? {} : { to };
    this.change(id, move, () => registry.move(id, move, { actor: "clerk", ...chosen }));
  }

  private remove(registry: Registry, id: string): void {
    const asked = this.begin(id, "delete");
    this.answered(registry.remove(id, this.random.next() < 0.5, "clerk"), (done) => {
      this.over(id, asked, done);
      if (!done.ok) return;
      this.confirmed.delete(id);
      this.doubtful.delete(id);
      this.trail.confirm(asked, id, null);
    });
  }

  private change(id: string, action: string, work: () => Promise<Result<Strategy, Failure>>): void {
    const asked = this.begin(id, action);
    this.answered(work(), (done) => {
      this.over(id, asked, done);
      if (!done.ok) return;
      this.confirmed.set(id, told(done.value));
      this.doubtful.delete(id);
      this.trail.confirm(asked, id, told(done.value));
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

  private begin(id: string, action: string): Attempt {
    this.underWay.set(id, (this.underWay.get(id) ?? 0) + 1);
    return this.trail.ask(action, id);
  }
  private over(id: string, asked: Attempt, done: Result<unknown, Failure>): void {
    const left = (this.underWay.get(id) ?? 1) - 1;
    if (left > 0) this.underWay.set(id, left);
    else this.underWay.delete(id);
    if (done.ok) return;
    this.unmade(asked, done.failure);
    if (done.failure.code === "storage_unavailable") this.doubtful.add(id);
  }
  private unmade(asked: Attempt, { code }: Failure): void {
    if (code === "storage_unavailable") this.trail.doubt(asked);
    else this.trail.refuse(asked);
  }

  private parameters(): Readonly<Record<string, unknown>> {
    return { level: this.random.integer(1_000), symbols: ["BTCUSDT"] };
  }
}
