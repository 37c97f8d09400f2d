// What is known of a symbol beside its prices: /instruments.
import { ASSET_TYPES, type AssetType } from "../../domain/asset-type.ts";
import type { Failure, FieldIssue } from "../../domain/failure.ts";
import {
  FIELD_RULES,
  INSTRUMENT_FIELDS,
  parseSession,
  type InstrumentChange,
  type InstrumentField,
  type Session,
} from "../../domain/instrument.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { pageOfList } from "../list-page.ts";
import { json } from "../reply.ts";
import { param, queryOf } from "../request.ts";
import { BODY_BYTES, type Router } from "../router.ts";
import { symbolName, unknownSymbol } from "../symbol-name.ts";
import type { Engine } from "../engine.ts";

export function instrumentRoutes(router: Router, engine: Engine): void {
  router.get("/instruments", (head) => {
    const page = pageOfList(queryOf(head), engine.instruments());
    if (!page.ok) return page;
    const { items, nextCursor } = page.value;
    return json({ instruments: items, count: items.length, next_cursor: nextCursor });
  });
  router.get("/instruments/:symbol", (head) => {
    const name = symbolName(param(head, "symbol"));
    const view = name === null ? null : engine.instrument(name);
    return view === null ? failed(unknownSymbol(param(head, "symbol"))) : json(view);
  });
  router.add("PUT", "/instruments/:symbol", {
    body: "json",
    maxBytes: BODY_BYTES,
    run: (head, body) => {
      const name = symbolName(param(head, "symbol"));
      if (name === null || engine.instrument(name) === null) return failed(unknownSymbol(param(head, "symbol")));
      const change = parseChange(body);
      if (!change.ok) return change;
      const view = engine.setInstrument(name, change.value);
      return view.ok ? json(view.value) : view;
    },
  });
}

type Body = Readonly<Record<string, unknown>>;

function parseChange(body: Body): Result<InstrumentChange, Failure> {
  const issues: FieldIssue[] = [];
  const complain = (field: string, issue: string): void => void issues.push({ field, issue });
  const fields: Partial<Record<InstrumentField, number>> = {};
  for (const name of INSTRUMENT_FIELDS) {
    if (body[name] === undefined) continue;
    const { min, max, whole } = FIELD_RULES[name];
    const value = body[name];
    const fits = typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (fits) fields[name] = value;
    else complain(name, `must be a${whole ? " whole" : ""} number from ${min} to ${max}`);
  }
  const session = parseField(body, "session", sessionOf, 'must be "24h" or "HH:MM-HH:MM" in UTC', complain);
  const kinds = `must be one of ${ASSET_TYPES.join(", ")}`;
  const assetType = parseField(body, "asset_type", assetTypeOf, kinds, complain);
  const benchmark = body["benchmark"] === null ? null : parseField(body, "benchmark", nameOf, KNOWN, complain);
  const [first, ...rest] = issues;
  if (first) return failed({ code: "validation_error", issues: [first, ...rest] });
  return ok({
    fields,
    ...(session ? { session } : {}),
    ...(assetType ? { assetType } : {}),
    ...(benchmark === undefined ? {} : { benchmark }),
  });
}
const KNOWN = "must be a symbol, or null for none";

function parseField<T>(
  body: Body,
  name: string,
  parse: (value: unknown) => T | null,
  issue: string,
  complain: (field: string, issue: string) => void,
): T | undefined {
  if (body[name] === undefined) return undefined;
  const value = parse(body[name]);
  if (value !== null) return value;
  complain(name, issue);
  return undefined;
}
function sessionOf(value: unknown): Session | null {
  return typeof value === "string" ? parseSession(value) : null;
}
function assetTypeOf(value: unknown): AssetType | null {
  return ASSET_TYPES.find((name) => name === value) ?? null;
}
function nameOf(value: unknown): string | null {
  return typeof value === "string" ? symbolName(value) : null;
}
