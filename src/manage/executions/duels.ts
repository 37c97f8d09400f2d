// The duels of one thread: opened, given their letters, told of, forgotten.
import { programSignals } from "../../research/program-signals.ts";
import { openProgram } from "../../sandbox/sandbox.ts";
import { Duel, type Opened } from "./duel.ts";
import { faultOf, faultText } from "./lane.ts";
import type { DuelBeginning, DuelSide, Letter, News } from "./messages.ts";
import { Places } from "./places.ts";

type DuelLetter = Extract<Letter, { kind: "duel" | "duel_end" | "duel_signals" }>;

export class Duels {
  /** One that is over is given nothing and goes with its last news. */
  open: readonly Duel[] = [];
  private readonly tell: (news: News) => void;
  /** Of symbols, by the stream's ids; grows. */
  private readonly names: readonly (string | undefined)[];
  /** Ended while they were opened. */
  private readonly called = new Set<number>();
  private readonly opening = new Set<number>();

  constructor(tell: (news: News) => void, names: readonly (string | undefined)[]) {
    this.tell = tell;
    this.names = names;
  }

  /** Resolves when its programs are open; null: there is nothing to wait for. */
  letter(letter: DuelLetter): Promise<void> | null {
    if (letter.kind === "duel") return this.begin(letter.order);
    const duel = this.open.find(({ key }) => key === letter.key);
    if (letter.kind === "duel_signals") duel?.signals(letter.side, letter.sequence, letter.signals);
    else if (duel !== undefined) duel.end();
    else if (this.opening.has(letter.key)) this.called.add(letter.key);
    return null;
  }

  learn(id: number, name: string): void {
    for (const duel of this.open) duel.learn(id, name);
  }

  tellNews(): void {
    for (const duel of this.open) {
      const news = duel.news();
      if (news !== null) this.tell({ kind: "duel", news });
    }
    if (this.open.some(({ over }) => over)) this.open = this.open.filter(({ over }) => !over);
  }

  private async begin(order: DuelBeginning): Promise<void> {
    const { key } = order;
    this.opening.add(key);
    const [a, b] = [await this.opened(order.a, order.names), await this.opened(order.b, order.names)];
    this.opening.delete(key);
    const duel = opposed(order, a, b);
    if (typeof duel === "string") {
      for (const side of [a, b]) if (typeof side !== "string") side.program?.close();
      this.called.delete(key);
      this.tell({ kind: "refused", key, reason: duel });
      return;
    }
    // What was learnt while they were opened.
    this.names.forEach((name, id) => name !== undefined && duel.learn(id, name));
    if (this.called.delete(key)) duel.end();
    this.open = [...this.open, duel];
    this.tell({ kind: "begun", key });
  }

  /** Or why its program cannot be opened. */
  private async opened(side: DuelSide, names: DuelBeginning["names"]): Promise<Opened | string> {
    try {
      return await this.openedSide(side, names);
    } catch (error) {
      return faultOf(error);
    }
  }

  private async openedSide(side: DuelSide, names: DuelBeginning["names"]): Promise<Opened | string> {
    const { program, symbols, parameters } = side;
    const places = new Places(symbols);
    for (const [id, name] of names) places.learn(id, name);
    if (program === null) return { places, program };
    const opened = await openProgram(program, places.names, parameters, programSignals);
    return opened.ok ? { places, program: opened.value } : faultText(opened.failure);
  }
}

/** Or why they cannot be set against each other: terms that no account can be opened with end a test, not the thread. */
function opposed(order: DuelBeginning, a: Opened | string, b: Opened | string): Duel | string {
  if (typeof a === "string") return `strategy_a: ${a}`;
  if (typeof b === "string") return `strategy_b: ${b}`;
  try {
    return new Duel(order, { a, b });
  } catch (error) {
    return faultOf(error);
  }
}
