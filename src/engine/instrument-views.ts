// GET /instruments: what is known of each symbol, by the API's field names.
import { sessionText } from "../domain/instrument.ts";
import type { InstrumentView, Listed } from "../server/server.ts";
import type { Stream } from "../stream/stream.ts";
import { listed } from "./listed.ts";

export function instrumentViews(stream: Stream): Listed<InstrumentView> {
  return listed(stream.ingest.symbols.count, (id) => viewOf(stream, id));
}

export function instrumentView(stream: Stream, name: string): InstrumentView | null {
  const id = stream.ingest.symbols.idOf(name);
  return id === undefined ? null : viewOf(stream, id);
}

function viewOf({ ingest, instruments }: Stream, id: number): InstrumentView | null {
  const instrument = instruments.of(id);
  if (instrument === null) return null;
  const { fields, session, benchmark } = instrument;
  return {
    symbol: ingest.symbols.nameOf(id),
    asset_type: ingest.symbols.assetTypeOf(id),
    ...fields,
    session: sessionText(session),
    benchmark: benchmark === null ? null : ingest.symbols.nameOf(benchmark),
  };
}
