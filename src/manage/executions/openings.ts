// Programs of versions for executions that run: opened, and shown the recent past of their symbols, which they decide
// nothing on, so that they know what one that has been there knows. In the thread of the executions.
import * as layout from "../../../assembly/layout.ts";
import { programSignals } from "../../research/program-signals.ts";
import { openProgram, type Program } from "../../sandbox/sandbox.ts";
import { FeedEvent, RECORD } from "./feed-event.ts";
import type { FeedReader } from "./feed-ring.ts";
import type { Hosted } from "./hosted.ts";
import { faultText } from "./lane.ts";
import type { BestQuote } from "./market.ts";
import type { VersionOffer } from "./messages.ts";

/** Events of the recent past that a program is shown. */
const REMEMBERED = 2_000;
export const NO_QUOTE: BestQuote = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };

export class Openings {
  private readonly reader: FeedReader;
  private readonly event = new FeedEvent();

  constructor(reader: FeedReader) {
    this.reader = reader;
  }

  /** Or why there is none. `shown`: the recent past. `owns`: it takes over what is held. */
  async open(
    hosted: Hosted,
    { program, parameters }: Pick<VersionOffer, "program" | "parameters">,
    shown = true,
    instead = false,
    owns = true,
  ): Promise<Program | string> {
    const opened = await openProgram(program, hosted.places.names, parameters, programSignals, instead);
    if (!opened.ok) return faultText(opened.failure);
    if (shown) this.remember(hosted, opened.value, owns);
    return opened.value;
  }

  remember(hosted: Hosted, program: Program, owns = true): void {
    const { reader, event } = this;
    const rows = [...reader.past()].filter((at) => hosted.places.wants((reader.words[at + RECORD] ?? 0) & 0xffff));
    for (const at of rows.slice(-REMEMBERED)) {
      reader.alive();
      event.read(reader.words, reader.numbers, at);
      const tells = event.kind === layout.KIND_TRADE || event.kind === layout.KIND_BAR;
      if (tells) hosted.remember(program, event, NO_QUOTE, owns);
    }
  }
}
