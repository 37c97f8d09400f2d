// THE FORM OF A ROUTE. Every path of the API is declared once, in the file of its resource beside this one, and everything
// else follows from the declaration: validation, the handler's types, /openapi.json, /docs, contract tests, the fuzzer.
//
//   export const renameStrategy = endpoint({
//     method: "PUT", path: "/strategies/{strategy_id}", tag: "strategies",
//     summary: "Renames a strategy", description: "Full sentences for a reader of /docs.",
//     params: { strategy_id: strategyId },                        // a value that breaks its pattern is 404
//     query: { force: defaulted(flag("..."), false) },            // read from text, defaults filled in
//     body: object({ name: text("...", { maxLength: 128 }) }),    // 422 with every fault before the handler is called
//     answer: object({ status: exactly("renamed") }),             // every named field is there, with its type
//     errors: ["invalid_state"],                                  // beside those that follow from the form itself
//   });
//
//   router.route(renameStrategy, ({ params, query, body, head }) => ok({ status: "renamed" }));
//
// A third argument `(params) => Failure | null` is asked before query and body are judged: an unknown id is 404 whatever
// else is wrong. `run` returns a Result (or a promise of one): the answer as declared, or a Failure. Where an answer is
// not JSON or its status not 200, use `router.reply`, whose `run` returns what reply.ts makes.
// GET and HEAD need the role `read`, everything else `write`, unless the declaration says otherwise.
import { object } from "./schema.ts";
import type { ErrorCode } from "./errors.ts";
import type { Fields, ObjectOf, Schema } from "./schema.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export type Role = "open" | "read" | "write";
export type Tag = (typeof TAGS)[number]["name"];

export const TAGS = [
  { name: "health", description: "Is the engine there, is it well, what is it." },
  { name: "metrics", description: "Figures of the engine as JSON or as Prometheus text." },
  { name: "market data", description: "Ticks and typed events in." },
  { name: "signals", description: "Approved signals out; live on the WebSocket /ws." },
  { name: "symbols", description: "Every symbol seen so far." },
  { name: "instruments", description: "Steps, fees, session and references of symbols." },
  { name: "strategies", description: "Strategies, their versions and their states." },
  { name: "deployments", description: "Pipelines that bring a version into force." },
  { name: "executions", description: "What runs now or ran: trades, profit and loss." },
  { name: "orders", description: "Orders, positions and the portfolio." },
  { name: "performance", description: "Tracked results of strategies." },
  { name: "learning", description: "What the engine learnt from closed trades." },
  { name: "risk", description: "Limits, exposure and the emergency stop." },
  { name: "venue", description: "Live trading: where real orders go, and whether engine and venue agree." },
  { name: "alerts", description: "What somebody should look at." },
  { name: "backtests", description: "History in, result out; sweeps over parameters." },
  { name: "configuration", description: "Settings and feature flags at run time." },
  { name: "ab tests", description: "Two strategies against each other." },
  { name: "components", description: "The parts of the engine and the catalogue of strategy types." },
  { name: "audit", description: "Who changed what." },
  { name: "reference", description: "This document and the pages for browsers." },
] as const;

/** An answer that is not JSON. */
export interface OtherForm {
  readonly contentType: string;
  readonly description: string;
  readonly example: string;
}

interface Declaration<P extends Fields, Q extends Fields, B, A> {
  readonly method: Method;
  /** Parameters in braces. */
  readonly path: string;
  readonly tag: Tag;
  /** A few words without a full stop. */
  readonly summary: string;
  readonly description: string;
  readonly params?: P;
  readonly query?: Q;
  /** Absent on POST and PUT: a body may be sent, must be a JSON object, and is not looked at. */
  readonly body?: Schema<B>;
  /** The JSON answer with status 200; absent when there is only another form. */
  readonly answer?: Schema<A>;
  readonly otherForms?: readonly OtherForm[];
  /** Codes that only this endpoint can give; those that follow from its form need not be named. */
  readonly errors?: readonly ErrorCode[];
  /** Statuses beside 200 with the body of `answer`, each with its meaning. */
  readonly alsoStatus?: Readonly<Record<number, string>>;
  readonly role?: Role;
  /** Whether a repeated request changes nothing more. Absent: true except for POST. */
  readonly idempotent?: boolean;
  /** A request with a known Idempotency-Key acts again, and no book is asked: nothing may stand in front of it. */
  readonly actsAlways?: true;
  /** Takes If-Match with the ETag of what is to be changed, and refuses when it is that no more. */
  readonly takesIfMatch?: true;
  /** Ticks: the bytes go to the decoder of the core, which judges them; the body's schema only describes them. */
  readonly takesMarketData?: true;
}

export interface Endpoint<P = unknown, Q = unknown, B = unknown, A = unknown> {
  readonly method: Method;
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly params: Schema<P>;
  readonly query: Schema<Q>;
  readonly body: Schema<B> | null;
  readonly answer: Schema<A> | null;
  readonly otherForms: readonly OtherForm[];
  /** All codes, sorted. */
  readonly errors: readonly ErrorCode[];
  readonly alsoStatus: Readonly<Record<number, string>>;
  readonly role: Role;
  readonly idempotent: boolean;
  readonly actsAlways: boolean;
  readonly takesIfMatch: boolean;
  readonly takesMarketData: boolean;
}

const NOTHING = {};

export function endpoint<
  P extends Fields = typeof NOTHING,
  Q extends Fields = typeof NOTHING,
  B = unknown,
  A = unknown,
>(given: Declaration<P, Q, B, A>): Endpoint<ObjectOf<P>, ObjectOf<Q>, B, A> {
  const params = object((given.params ?? {}) as P);
  const query = object((given.query ?? {}) as Q);
  const inPath = namesIn(given.path);
  const declared = Object.keys(given.params ?? {});
  if (inPath.join() !== declared.join()) {
    throw new Error(
      `${given.method} ${given.path} declares the parameters ${declared.join()}, its path has ${inPath.join()}`,
    );
  }
  return {
    method: given.method,
    path: given.path,
    tag: given.tag,
    summary: given.summary,
    description: given.description,
    params,
    query,
    body: given.body ?? null,
    answer: given.answer ?? null,
    otherForms: given.otherForms ?? [],
    errors: errorsOf(given),
    alsoStatus: given.alsoStatus ?? {},
    role: given.role ?? (given.method === "GET" ? "read" : "write"),
    idempotent: given.idempotent ?? given.method !== "POST",
    actsAlways: given.actsAlways ?? false,
    takesIfMatch: given.takesIfMatch ?? false,
    takesMarketData: given.takesMarketData ?? false,
  };
}

/** Whether a body is read: its form follows from the method. */
export function readsBody({ method }: Pick<Endpoint, "method">): boolean {
  return method === "POST" || method === "PUT";
}

export function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name ?? "");
}

/** What any body may be refused for. */
const JUDGED = ["json_decode_error", "payload_too_large", "unsupported_media_type", "validation_error"] as const;

function errorsOf(given: Declaration<Fields, Fields, unknown, unknown>): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(given.errors);
  if (given.params !== undefined) codes.add("not_found");
  if (given.query !== undefined || given.body !== undefined) codes.add("validation_error");
  if (readsBody(given)) {
    for (const code of JUDGED) codes.add(code);
    for (const code of ["overloaded", "shutting_down"] as const) codes.add(code);
  }
  if (given.takesIfMatch === true) codes.add("precondition_failed");
  // A key of idempotency is kept with the effect.
  if (given.method === "POST" && given.actsAlways !== true) {
    for (const code of ["storage_full", "storage_unavailable"] as const) codes.add(code);
  }
  if (codes.has("storage_unavailable") && given.method !== "GET") codes.add("storage_full");
  return [...codes].sort();
}

/** The types of a handler. */
export interface Values<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}
export type AnswerOf<E> = E extends { readonly answer: Schema<infer A> | null } ? A : never;
export type BodyOf<E> = E extends { readonly body: Schema<infer B> | null } ? B : never;
