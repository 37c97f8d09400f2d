// The few methods of the package ccxt that the engine uses, in its words: what a module must have to stand for it. The
// package is no dependency: it is loaded when it is configured, and who wants it installs it.
import { failed, ok, type Result } from "../../domain/result.ts";

export interface CcxtOrder {
  readonly id: string;
  readonly clientOrderId?: string | null;
  readonly symbol?: string;
  readonly status?: string | null;
  readonly amount?: number | null;
  readonly filled?: number | null;
}
export interface CcxtTrade {
  readonly id?: string | null;
  readonly order?: string | null;
  readonly side?: string | null;
  /** Milliseconds. */
  readonly timestamp?: number | null;
  readonly amount?: number | null;
  readonly price?: number | null;
  readonly fee?: { readonly cost?: number | null; readonly currency?: string | null } | null;
}
export interface CcxtPosition {
  readonly symbol: string;
  readonly contracts?: number | null;
  readonly contractSize?: number | null;
  readonly side?: string | null;
}
export interface CcxtMarket {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly settle?: string | null;
  readonly spot?: boolean;
  readonly swap?: boolean;
  readonly linear?: boolean | null;
  readonly contractSize?: number | null;
  readonly precision?: { readonly amount?: number | null } | null;
}
type Parameters = Readonly<Record<string, unknown>>;

export interface CcxtExchange {
  readonly has: Readonly<Record<string, unknown>>;
  /** 2: `precision` counts decimal places; 4: it is the step itself. */
  readonly precisionMode?: number;
  loadMarkets(): Promise<Readonly<Record<string, CcxtMarket>>>;
  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price: number | undefined,
    parameters: Parameters,
  ): Promise<CcxtOrder>;
  /** The order as it is now, or as little as an exchange says. */
  cancelOrder(id: string, symbol: string): Promise<Partial<CcxtOrder>>;
  fetchOpenOrders(symbol?: string, since?: number): Promise<readonly CcxtOrder[]>;
  fetchCanceledAndClosedOrders?(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtOrder[]>;
  fetchClosedOrders?(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtOrder[]>;
  fetchCanceledOrders?(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtOrder[]>;
  fetchOrders?(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtOrder[]>;
  fetchOrder?(id: string, symbol: string): Promise<CcxtOrder>;
  fetchMyTrades(
    symbol?: string,
    since?: number,
    limit?: number,
    parameters?: Parameters,
  ): Promise<readonly CcxtTrade[]>;
  /** Of one order. */
  fetchOrderTrades?(
    id: string,
    symbol: string,
    since?: number,
    limit?: number,
    parameters?: Parameters,
  ): Promise<readonly CcxtTrade[]>;
  fetchBalance(): Promise<{ readonly total?: Readonly<Record<string, number | undefined>> }>;
  fetchPositions?(symbols?: readonly string[]): Promise<readonly CcxtPosition[]>;
  watchOrders?(): Promise<readonly CcxtOrder[]>;
  setSandboxMode?(enabled: boolean): void;
  /** Every request comes by it, behind the wait for the exchange's rate. */
  fetch?(url: string, method?: string, headers?: unknown, body?: unknown): Promise<unknown>;
  close?(): Promise<unknown>;
}

export interface CcxtKeys {
  readonly apiKey: string;
  readonly secret: string;
  readonly password: string | null;
}

type Constructor = new (options: Parameters) => CcxtExchange;
export type LoadModule = (name: string) => Promise<unknown>;

/** Binance asks to be asked for the open orders of one symbol alone, and otherwise throws: an account is compared whole. */
const OPTIONS = { warnOnFetchOpenOrdersWithoutSymbol: false };

/** After which ccxt gives a request up, milliseconds. */
export const REQUEST_MS = 10_000;

const INSTALL = "npm install ccxt beside the engine, or choose another VENUE";

/** The exchange with its keys; a failure says what is missing and never repeats a key. */
export async function openExchange(
  exchangeId: string,
  keys: CcxtKeys,
  sandbox: boolean,
  load: LoadModule = (name) => import(name),
): Promise<Result<CcxtExchange, string>> {
  let module: unknown;
  try {
    module = await load("ccxt");
  } catch {
    return failed(`VENUE=ccxt:${exchangeId} needs the package ccxt, which is not installed; ${INSTALL}`);
  }
  const Exchange = constructorIn(module, exchangeId);
  if (Exchange === null)
    return failed(`VENUE=ccxt:${exchangeId} names an exchange that the installed ccxt does not have`);
  const { apiKey, secret, password } = keys;
  const secrets = { apiKey, secret, ...(password === null ? {} : { password }) };
  const manner = { enableRateLimit: true, timeout: REQUEST_MS, options: { ...OPTIONS } };
  const exchange = new Exchange({ ...secrets, ...manner });
  if (!sandbox) return ok(exchange);
  try {
    if (exchange.setSandboxMode === undefined) throw new Error("no sandbox");
    exchange.setSandboxMode(true);
    return ok(exchange);
  } catch {
    return failed(`${exchangeId} has no test market; VENUE_SANDBOX=false trades with real money there`);
  }
}

/** The variant that can listen, where there is one; the plain one otherwise. */
function constructorIn(module: unknown, exchangeId: string): Constructor | null {
  const root = member(module, "default") ?? module;
  for (const place of [member(root, "pro"), root, module]) {
    const found = member(place, exchangeId);
    if (typeof found === "function") return found as Constructor;
  }
  return null;
}

function member(value: unknown, name: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

type ListOfOver = "fetchCanceledAndClosedOrders" | "fetchClosedOrders" | "fetchCanceledOrders" | "fetchOrders";

/**
 * Which lists together have all orders that are over, however they ended; none: it cannot be asked for them. Those that
 * an exchange calls closed are at some only the filled ones: one that was cancelled would then seem never to have been there.
 */
export function listsOfOver(exchange: CcxtExchange): readonly ListOfOver[] {
  const has = (list: ListOfOver): boolean => exchange.has[list] === true && exchange[list] !== undefined;
  if (has("fetchCanceledAndClosedOrders")) return ["fetchCanceledAndClosedOrders"];
  if (has("fetchClosedOrders") && has("fetchCanceledOrders")) return ["fetchClosedOrders", "fetchCanceledOrders"];
  return (["fetchClosedOrders", "fetchOrders"] as const).filter(has);
}

/** Errors after which an order is certainly not at the exchange. */
const REFUSALS: ReadonlySet<string> = new Set([
  "ArgumentsRequired",
  "AuthenticationError",
  "BadRequest",
  "BadSymbol",
  "InsufficientFunds",
  "InvalidAddress",
  "InvalidOrder",
  "NotSupported",
  "OrderImmediatelyFillable",
  "OrderNotFillable",
  "PermissionDenied",
  "AccountNotEnabled",
  "AccountSuspended",
]);

/** What an error of ccxt means, by the names of its class and those above it. */
export function meaningOf(error: unknown): "refused" | "unknown_order" | "taken" | "away" {
  const names = classNames(error);
  if (names.includes("OrderNotFound")) return "unknown_order";
  // The id is there already: that order has to be asked for.
  if (names.includes("DuplicateOrderId")) return "taken";
  return names.some((name) => REFUSALS.has(name)) ? "refused" : "away";
}

/** Errors of the way to an exchange: every other one is about what was asked. */
const OF_THE_WAY: ReadonlySet<string> = new Set(["NetworkError", "RequestTimeout", "VenueAway"]);

/** What stands for an answer that the exchange does not give though it is there: of one order that is no word about the rest. */
export function unlessAway<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (classNames(error).some((name) => OF_THE_WAY.has(name))) throw error;
    return instead;
  };
}

function classNames(error: unknown): readonly string[] {
  const names: string[] = [];
  for (let at: unknown = error; typeof at === "object" && at !== null; at = Object.getPrototypeOf(at))
    names.push((at.constructor as { name?: string } | undefined)?.name ?? "");
  return names;
}

/** Without what may hold a signed request. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/https?:\/\/\S+/g, "[address]").slice(0, 200);
}
