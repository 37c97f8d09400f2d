// PUT /instruments/{symbol} on the stream: names become ids, and the change becomes events, all of it or nothing. The
// asset type is part of the symbol's name event; changing it changes no other field.
import * as layout from "../../assembly/layout.ts";
import { assetTypeCode } from "../domain/asset-type.ts";
import { invalid, type Failure } from "../domain/failure.ts";
import type { InstrumentChange } from "../domain/instrument.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Compute } from "./compute.ts";
import type { Ingest } from "./ingest/ingest.ts";
import { INSTRUMENT_EVENTS_MAX, type Instruments } from "./instruments.ts";

export interface InstrumentParts {
  readonly ingest: Ingest;
  readonly instruments: Instruments;
  readonly compute: Compute;
}

export function setInstrument(
  parts: InstrumentParts,
  now: EpochUs,
  name: string,
  change: InstrumentChange,
): Result<null, Failure> {
  const { ring, writer } = parts.compute.plane;
  const { symbols } = parts.ingest;
  const id = symbols.idOf(name);
  const before = id === undefined ? null : parts.instruments.of(id);
  if (id === undefined || before === null) return failed({ code: "not_found", kind: "symbol", id: name });
  const benchmark = typeof change.benchmark === "string" ? symbols.idOf(change.benchmark) : null;
  if (benchmark === undefined)
    return failed(invalid("benchmark", "must be a symbol that was seen; GET /symbols lists them"));
  if (ring.free() < INSTRUMENT_EVENTS_MAX + 1) return failed({ code: "overloaded", what: "the event ring" });
  writer.stamp(now);
  parts.instruments.set(id, {
    fields: { ...before.fields, ...change.fields },
    session: change.session ?? before.session,
    benchmark: change.benchmark === undefined ? before.benchmark : benchmark,
  });
  if (change.assetType && change.assetType !== symbols.assetTypeOf(id)) {
    const flags = parts.compute.state.symbol(id)?.demo === true ? layout.FLAG_DEMO : 0;
    symbols.intern({ table: layout.TABLE_SYMBOL, name, asset: assetTypeCode(change.assetType) }, flags);
  }
  ring.publish();
  return ok(null);
}
