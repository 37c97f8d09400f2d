// Method and path -> handler. Paths are a tree of segments; `{name}` takes one segment, URL-decoded once. A fixed segment
// wins over a parameter, and the tree is walked without going back, so matching is linear in the path's length.
// What may be routed, and how a declaration becomes a checked request, says contract/endpoint.ts.
import { failed, ok } from "../domain/result.ts";
import { meantWords, namesOf, type Unread } from "../domain/unread.ts";
import { readsBody } from "./contract/endpoint.ts";
import { ignoredFields } from "./contract/ignored.ts";
import { readValues } from "./contract/request-values.ts";
import { json } from "./reply.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { Endpoint } from "./contract/endpoint.ts";
import type { RequestHead } from "./request.ts";
import type { Answer } from "./reply.ts";

/** How a route takes its body: not at all, as a checked JSON object, or as the bytes that came. */
export type Handler = {
  readonly endpoint: Endpoint;
} & Takes;
type Takes =
  | { readonly body: "none"; readonly run: (head: RequestHead) => Answer | Promise<Answer> }
  | {
      readonly body: "json";
      readonly maxBytes: number;
      readonly run: (head: RequestHead, body: Readonly<Record<string, unknown>>) => Answer | Promise<Answer>;
    }
  | {
      readonly body: "market_data";
      readonly maxBytes: number;
      readonly run: (
        head: RequestHead,
        body: Uint8Array<ArrayBuffer>,
        encoding: "json" | "msgpack",
      ) => Answer | Promise<Answer>;
      /** Told of a body that was too long to be handed over. */
      readonly tooLarge: () => void;
    };

/** What a handler is given: everything checked against the declaration. */
export interface Request<P, Q, B> {
  readonly head: RequestHead;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Fields that were given and mean nothing here. */
  readonly ignored: readonly Unread[];
}
/** What the path names and does not exist: asked before query and body are judged, so that 404 comes before 422. */
type Unknown<P> = (params: P) => Failure | null;
type Run<P, Q, B, R> = (request: Request<P, Q, B>) => R | Promise<R>;

export interface Match {
  readonly handler: Handler;
  readonly params: ReadonlyMap<string, string>;
}

interface Node {
  readonly fixed: Map<string, Node>;
  parameter: Node | null;
  names: readonly string[];
  readonly methods: Map<string, Handler>;
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map();
export const BODY_BYTES = 1 << 20;
export const MARKET_DATA_BYTES = 4 << 20;

export class Router {
  private readonly root: Node = emptyNode();
  /** Paths without parameters, found by one look-up. */
  private readonly plain = new Map<string, Node>();
  private readonly all: Handler[] = [];

  /** A JSON answer with status 200. */
  route<P, Q, B, A>(
    endpoint: Endpoint<P, Q, B, A>,
    run: Run<P, Q, B, Result<NoInfer<A>, Failure>>,
    unknown?: Unknown<P>,
  ): void {
    const answer = (request: Request<P, Q, B>): Answer | Promise<Answer> => {
      const outcome = run(request);
      const told = (one: Result<NoInfer<A>, Failure>): Answer => asJson(one, request.ignored);
      return outcome instanceof Promise ? outcome.then(told) : told(outcome);
    };
    this.reply(endpoint, answer, unknown);
  }

  /** Any other answer. */
  reply<P, Q, B, A>(endpoint: Endpoint<P, Q, B, A>, run: Run<P, Q, B, Answer>, unknown?: Unknown<P>): void {
    const checked = (head: RequestHead, given: unknown): Answer | Promise<Answer> => {
      const values = readValues(endpoint, head, given, unknown);
      if (!values.ok) return values;
      return run({ head, ...values.value, ignored: ignoredFields(endpoint, head.rawQuery, given) });
    };
    if (readsBody(endpoint)) this.add({ endpoint, body: "json", maxBytes: BODY_BYTES, run: checked });
    else this.add({ endpoint, body: "none", run: (head) => checked(head, undefined) });
  }

  marketData(
    endpoint: Endpoint,
    run: Extract<Takes, { body: "market_data" }>["run"],
    tooLarge: () => void = () => undefined,
  ): void {
    this.add({ endpoint, body: "market_data", maxBytes: MARKET_DATA_BYTES, run, tooLarge });
  }

  /** All that is routed, in the order in which it was. */
  get handlers(): readonly Handler[] {
    return this.all;
  }

  private add(handler: Handler): void {
    const { method, path } = handler.endpoint;
    const names: string[] = [];
    let node = this.root;
    for (const segment of path.slice(1).split("/")) {
      if (segment.startsWith("{")) {
        names.push(segment.slice(1, -1));
        node.parameter ??= emptyNode();
        node = node.parameter;
      } else {
        const next = node.fixed.get(segment) ?? emptyNode();
        node.fixed.set(segment, next);
        node = next;
      }
    }
    if (node.methods.has(method)) throw new Error(`${method} ${path} is routed twice`);
    node.methods.set(method, handler);
    node.names = names;
    if (names.length === 0) this.plain.set(path, node);
    this.all.push(handler);
  }

  /** OPTIONS is the server's own business: a known path answers it with `allowed`. */
  find(method: string, path: string): Result<Match, Failure> {
    const plain = this.plain.get(path);
    if (plain !== undefined) return pick(plain, method, NO_PARAMS);
    const values: string[] = [];
    const node = this.walk(path, values);
    if (node === null) return failed({ code: "not_found", kind: "path", id: shown(path) });
    return pick(node, method, new Map(node.names.map((name, index) => [name, values[index] ?? ""])));
  }

  private walk(path: string, values: string[]): Node | null {
    if (!path.startsWith("/")) return null;
    let node = this.root;
    for (const segment of path.slice(1).split("/")) {
      const fixed = node.fixed.get(segment);
      if (fixed !== undefined) {
        node = fixed;
        continue;
      }
      const value = decodeSegment(segment);
      if (node.parameter === null || value === null) return null;
      values.push(value);
      node = node.parameter;
    }
    return node.methods.size === 0 ? null : node;
  }
}

function asJson(outcome: Result<unknown, Failure>, ignored: readonly Unread[]): Answer {
  return outcome.ok ? json(withIgnored(outcome.value, ignored)) : outcome;
}

/** The answer, and beside it what of the request meant nothing; nothing of it takes the place of what the answer says. */
export function withIgnored<A>(answer: A, ignored: readonly Unread[]): A {
  if (ignored.length === 0 || typeof answer !== "object" || answer === null) return answer;
  const told = "did_you_mean" in answer ? (answer.did_you_mean as object) : {};
  const { did_you_mean: meant = {} } = meantWords(ignored);
  const words = { ...meant, ...told };
  const named = {
    ignored_fields: namesOf(ignored),
    ...(Object.keys(words).length === 0 ? {} : { did_you_mean: words }),
  };
  return { ...answer, ...named };
}

/** The methods a path takes, as the Allow header lists them. */
function allowedBy(node: Node): readonly string[] {
  const methods = [...node.methods.keys()].flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...methods, "OPTIONS"];
}

function pick(node: Node, method: string, params: ReadonlyMap<string, string>): Result<Match, Failure> {
  const handler = node.methods.get(method === "HEAD" ? "GET" : method);
  if (handler !== undefined) return ok({ handler, params });
  return failed({ code: "method_not_allowed", method: shown(method), allowed: allowedBy(node) });
}

function decodeSegment(segment: string): string | null {
  if (segment === "") return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null; // a broken percent sequence names nothing
  }
}

/** What a client wrote, short and without control characters, for a message. */
function shown(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, "?");
  return clean.length <= 100 ? clean : `${clean.slice(0, 100)}...`;
}

function emptyNode(): Node {
  return { fixed: new Map(), parameter: null, names: [], methods: new Map() };
}
