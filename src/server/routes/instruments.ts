// What is known of a symbol beside its prices: /instruments.
import { INSTRUMENT_FIELDS, parseSession, type InstrumentChange } from "../../domain/instrument.ts";
import { failed, ok } from "../../domain/result.ts";
import { getInstrument, listInstruments, putInstrument } from "../contract/instruments.ts";
import { pageOfList } from "../list-page.ts";
import { unknownSymbol } from "../unknown-symbol.ts";
import type { BodyOf } from "../contract/endpoint.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function instrumentRoutes(router: Router, engine: Engine): void {
  router.route(listInstruments, ({ query }) => {
    const page = pageOfList(query, engine.instruments());
    if (!page.ok) return page;
    const { items, nextCursor } = page.value;
    return ok({ instruments: items, count: items.length, next_cursor: nextCursor });
  });
  router.route(getInstrument, ({ params }) => {
    const view = engine.instrument(params.symbol.toUpperCase());
    return view === null ? failed(unknownSymbol(params.symbol)) : ok(view);
  });
  router.route(
    putInstrument,
    ({ params, body, head }) => engine.setInstrument(params.symbol.toUpperCase(), changeOf(body), head.caller.id),
    ({ symbol }) => (engine.instrument(symbol.toUpperCase()) === null ? unknownSymbol(symbol) : null),
  );
}

function changeOf(body: BodyOf<typeof putInstrument>): InstrumentChange {
  const given = INSTRUMENT_FIELDS.filter((name) => body[name] !== undefined);
  const session = body.session === undefined ? null : parseSession(body.session);
  return {
    fields: Object.fromEntries(given.map((name) => [name, body[name]])),
    ...(session === null ? {} : { session }),
    ...(body.asset_type === undefined ? {} : { assetType: body.asset_type }),
    ...(body.benchmark === undefined ? {} : { benchmark: body.benchmark?.toUpperCase() ?? null }),
  };
}
