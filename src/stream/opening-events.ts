// What a start writes in front of everything live: histories of which the journal has only a part begin anew, and what
// this version and these settings say otherwise than the state does becomes events. Yields when the ring needs room.
import type { Ingest } from "./ingest/ingest.ts";
import type { Instances } from "./instances.ts";
import type { Instruments } from "./instruments.ts";
import type { SymbolState } from "./rings/state-reader.ts";

interface Opened {
  readonly ingest: Ingest;
  readonly instruments: Instruments;
  readonly instances: Instances;
  /** As recovery has left them. */
  symbols(): readonly SymbolState[];
}

export function* openingEvents(opened: Opened, settings: Parameters<Instances["complete"]>[0]): Generator<void, void> {
  const symbols = opened.symbols();
  yield* opened.ingest.history.beginAnew(symbols);
  yield* opened.instruments.complete(symbols);
  yield* opened.instances.complete(settings);
}
