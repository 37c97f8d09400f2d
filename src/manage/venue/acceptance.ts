// An operator takes the venue's word: its positions, its fills and the foreign orders that are open there become the
// engine's. Positions and fills are of one moment: they are asked for until no fill was counted between a question for
// positions and the answers about orders that came after it. From then until the decision is stored and taken up what
// the venue tells waits (`holds`), so that each fill is in the positions or moves them, never both. What is asked of the
// engine meanwhile, such as a cancellation, stands. Main thread.
import type { Statement } from "../../store/store.ts";
import type { Outbox } from "./outbox.ts";
import type { LiveVenue, VenueOrderState, VenuePosition } from "./port.ts";
import type { Pursuit } from "./pursuit.ts";
import { compare, type Ours } from "./reconcile.ts";

/** Stores a decision with who took it; false: it could not be stored. */
export type RecordDecision = (
  statements: readonly Statement[],
  positions: Readonly<Record<string, number>>,
) => Promise<boolean>;

export interface AcceptanceOptions {
  readonly venue: LiveVenue;
  readonly outbox: Outbox;
  readonly pursuit: Pursuit;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly ours: () => Ours;
  /** Looks after which orders of which nothing is known are waited for no longer. */
  readonly looksMax: number;
  readonly pause: () => Promise<void>;
}

interface Word {
  readonly open: readonly VenueOrderState[];
  readonly positions: readonly VenuePosition[];
}

/** Looks more that a venue gets whose orders are being filled all the time. */
const BUSY_LOOKS = 8;

export class Acceptance {
  /** Counted in tickets so far. */
  fills = 0;
  /** Updates whose order is being read from the store. */
  underWay = 0;
  private readonly options: AcceptanceOptions;
  private accepting = false;
  private deciding = false;
  private readonly held: (() => void)[] = [];

  constructor(options: AcceptanceOptions) {
    this.options = options;
  }

  /** Nothing is placed while it does. */
  get runs(): boolean {
    return this.accepting;
  }

  /** True: `told` waits until the decision is taken up or dropped. */
  holds(told: () => void): boolean {
    if (this.deciding) this.held.push(told);
    return this.deciding;
  }

  /** Why nothing is decided; null when it is. `decided` is called before what was held is told. */
  async run(actor: string, record: RecordDecision, decided: () => void): Promise<string | null> {
    this.accepting = true;
    try {
      const word = await this.heard();
      if (typeof word === "string") return word;
      this.deciding = true;
      const fault = await this.decide(word, actor, record);
      if (fault === null) decided();
      return fault;
    } finally {
      this.accepting = false;
      this.deciding = false;
      for (const told of this.held.splice(0)) told();
    }
  }

  /** Positions with exactly the fills that are counted when it resolves, or why there are none. */
  private async heard(): Promise<Word | string> {
    const { venue, pursuit, looksMax, pause } = this.options;
    for (let look = 1; ; look++) {
      const { fills } = this;
      const positions = await venue.positions();
      // Asked for afterwards: what is in the positions is among the fills.
      const open = await venue.open();
      await pursuit.askFor(open);
      const leaving = pursuit.leaving || pursuit.awaits(pursuit.unsure("all"));
      const still = fills === this.fills && this.underWay === 0 && !leaving;
      if (still && (look >= looksMax || pursuit.unsure("all").length === 0)) return { open, positions };
      if (look >= looksMax + BUSY_LOOKS)
        return leaving
          ? "an order is on its way to the venue, which has not told yet what became of it: ask again in half a minute"
          : "its orders are being filled all the time: cancel them, or ask again";
      await pause();
    }
  }

  private async decide({ open, positions }: Word, actor: string, record: RecordDecision): Promise<string | null> {
    const { outbox, now, ours } = this.options;
    if (!positions.every(({ quantity }) => Number.isFinite(quantity))) return "the venue's positions are no numbers";
    if (!(await outbox.stored())) return "what was told before could not be stored";
    const { foreign } = compare({ open, positions }, ours());
    const listed = new Map(open.map(({ clientOrderId, filled }) => [clientOrderId, filled ?? 0]));
    const waived = outbox
      .unsettled()
      .map((ticket) => ({ ticket, filled: listed.get(ticket.record.clientOrderId) ?? null }));
    const theirs = new Map(positions.map(({ symbol, quantity }) => [symbol, quantity]));
    const decision = { positions: theirs, foreign, waived };
    const stored = await record(outbox.statements(decision, actor, now()), Object.fromEntries(theirs));
    if (!stored) return "it could not be stored";
    outbox.take(decision, now());
    return null;
  }
}
