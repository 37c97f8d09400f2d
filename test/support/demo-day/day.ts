// The script: one day of a small desk on paper. A strategy in Python goes from source to production, one of the engine's
// own is registered; the book's limit is warned of and passed, a position is reduced by hand, the engine is killed and goes
// on, a strategy reaches its daily loss, the emergency stop falls and is lifted. Throws where something else happens.
import { RSI_STRATEGY } from "../sandbox/python.ts";
import { storedAlerts, storedTrades } from "../store/on-disk.ts";
import type { Desk, Fields } from "./desk.ts";
import { CLIMBING, RISING, SIDEWAYS, SLIDING, STILL } from "./market.ts";
import { databasePositions } from "./sources.ts";
import type { Tales, ToldPosition } from "./tale.ts";

interface Traded {
  readonly strategy: string;
  execution: string;
}
/** What was held before the last stop of the day, by each of the three. */
export interface Close {
  readonly exposure: Tales["exposure"];
  readonly api: readonly ToldPosition[];
  readonly bus: readonly ToldPosition[] | null;
  readonly database: readonly ToldPosition[];
}

const BTC = "BTCUSD";
const ETH = "ETHUSD";
const PIECE = 4;
const WARN = 109_500;
const LIMIT = 110_100;
const DAILY_LOSS = -600;

const units = (value: unknown): string => Number(value).toFixed(3);
const money = (value: unknown): string => Math.round(Number(value)).toLocaleString("en-US");

export async function day(desk: Desk): Promise<Close> {
  await desk.open();
  desk.tell(`The engine is up, with an empty folder; who listens hears it by ${desk.hearing.name}.`);
  const rsi = await fromSource(desk);
  const momentum = await registered(desk);
  await limits(desk);
  await morning(desk, rsi, momentum);
  await reduced(desk, rsi);
  await killed(desk, [rsi, momentum]);
  await dailyLoss(desk, momentum);
  await emergency(desk, [rsi, momentum], momentum);
  await afternoon(desk, rsi, momentum);
  return close(desk, [rsi, momentum]);
}

async function fromSource(desk: Desk): Promise<Traded> {
  const made = await desk.ask("POST", "/strategies", {
    strategy_name: "rsi of ether",
    code: RSI_STRATEGY,
    language: "python",
    parameters: { symbols: [ETH], position_size: 0.3, stop_loss: -0.05, fee_bps: 2 },
  });
  const strategy = String(made["strategy_id"]);
  const { pipeline_id: pipeline } = await desk.ask("POST", `/strategies/${strategy}/deploy`);
  const done = await desk.until("the end of the pipeline", async () => {
    const status = await desk.get(`/deployments/${String(pipeline)}/status`);
    return /completed|failed/.test(String(status["status"])) && status;
  });
  if (done["status"] !== "completed") throw new Error(`the pipeline failed: ${String(done["error"])}`);
  desk.tell(`"rsi of ether", in Python, is deployed: it passed ${String(done["stages_completed"])} stages.`);
  return { strategy, execution: await start(desk, strategy) };
}

async function registered(desk: Desk): Promise<Traded> {
  const made = await desk.ask("POST", "/api/strategy/register", {
    strategy_type: "momentum_rider",
    strategy_name: "momentum of bitcoin",
    parameters: { symbols: [BTC], position_size: 0.8, fee_bps: 2 },
  });
  const strategy = String(made["strategy_id"]);
  await desk.ask("PUT", `/api/strategy/${strategy}`, { risk_limits: { daily_loss_limit: DAILY_LOSS } });
  desk.tell(`"momentum of bitcoin" is registered; it may lose ${money(-DAILY_LOSS)} a day. Both are started.`);
  return { strategy, execution: await start(desk, strategy) };
}

async function start(desk: Desk, strategy: string): Promise<string> {
  return String((await desk.ask("POST", `/strategies/${strategy}/start`))["execution_id"]);
}

async function limits(desk: Desk): Promise<void> {
  const book = { scope: "book", metric: "gross_exposure", limit: LIMIT, warn: WARN, action: "reduce_only" };
  await desk.ask("PUT", "/risk/limits", { limits: [book] });
  desk.tell(`The book may hold ${money(LIMIT)} and warns at ${money(WARN)}; beyond, positions may only get smaller.`);
}

async function morning(desk: Desk, rsi: Traded, momentum: Traded): Promise<void> {
  desk.market.pass(30);
  await desk.move(ETH, SLIDING);
  const ether = await desk.holds(rsi.execution, ETH, (held) => held > 0);
  desk.tell(`Ether slides, and is bought: ${units(ether["quantity"])} at ${money(ether["avg_price"])}.`);
  desk.market.pass(45);
  const bitcoin = await boughtOnTheWayUp(desk, momentum);
  desk.tell(`Bitcoin rises, and is bought: ${units(bitcoin["quantity"])} at ${money(bitcoin["avg_price"])}.`);
  desk.tell(`WARNING  ${await desk.alert(/gross_exposure of the book .*warn/)}.`);
  desk.market.pass(40);
  await desk.until("the breach", async () => {
    const { breaches } = await desk.get("/risk/status");
    if ((breaches as readonly unknown[]).length > 0) return true;
    // Not so far that the target of the position is reached.
    if (desk.market.price(BTC) < Number(bitcoin["avg_price"]) * 1.01) await desk.move(BTC, [1.001]);
    return false;
  });
  desk.tell(`BREACH   ${await desk.alert(/gross_exposure of the book is (?!.*warning)/)}.`);
  const asked = { strategy_id: rsi.strategy, symbol: ETH, side: "BUY", quantity: 1 };
  const { approved, reasons } = await desk.ask("POST", "/risk/check", asked);
  if (approved !== false) throw new Error("an order beyond the limit would be taken");
  desk.tell(`Would one ether more be let through? No: ${String((reasons as readonly unknown[])[0])}.`);
}

/** Piece by piece, so that it is bought where its signal came and not where the rise ends. */
async function boughtOnTheWayUp(desk: Desk, { strategy, execution }: Traded): Promise<Fields> {
  for (let tick = 0; tick < RISING.length; tick += PIECE) {
    const spoke = await desk.move(BTC, RISING.slice(tick, tick + PIECE));
    if (spoke.includes(strategy)) break;
  }
  return desk.holds(execution, BTC, (held) => held > 0);
}

/** By an order that is changed: the stop of the position is drawn up to just below the market. */
async function reduced(desk: Desk, rsi: Traded): Promise<void> {
  desk.market.pass(10);
  await desk.move(ETH, SIDEWAYS);
  const stop = await desk.until("the stop of the position", async () => {
    const { orders } = (await desk.get(`/orders?strategy_id=${rsi.strategy}`)) as {
      readonly orders: readonly Fields[];
    };
    return orders.find(({ purpose, status }) => purpose === "stop" && /pending|open/.test(String(status)));
  });
  const price = desk.market.price(ETH) * 0.998;
  await desk.ask("PUT", `/orders/${String(stop["order_id"])}`, { stop_price: price });
  desk.tell(`The operator draws the stop of the ether up from ${money(stop["stop_price"])} to ${money(price)}.`);
  await desk.move(ETH, [0.996, ...STILL]);
  await desk.holds(rsi.execution, ETH, (held) => held === 0);
  desk.tell(`It is hit, and the ether is sold: leaving is let through.`);
  await desk.until("the end of the breach", async () => {
    const { breaches } = await desk.get("/risk/status");
    return (breaches as readonly unknown[]).length === 0;
  });
  const { gross_exposure: exposure } = await desk.get("/risk/status");
  desk.tell(`The book holds ${money(exposure)}: the breach is over, orders pass again.`);
}

/** Waits until all that was told is stored and heard, so that what the three know is complete when it falls. */
async function killed(desk: Desk, all: readonly Traded[]): Promise<void> {
  desk.market.pass(60);
  await settled(desk);
  const before = await accounts(desk, all);
  await desk.kill();
  desk.tell("KILLED   kill -9, in the middle of the day, with bitcoin in the book.");
  desk.market.pass(2);
  await desk.open();
  await desk.until(`the accounts of before: ${before}`, async () => (await accounts(desk, all)) === before);
  for (const { strategy } of all)
    await desk.until("its thread, which knows what it has at stake", () => known(desk, strategy));
  desk.tell("Started again: both executions go on, with positions, ledgers and limits as they were.");
}

/** Until its thread has booked everything again an execution is shown as it was stored, and risk does not judge its orders. */
async function known(desk: Desk, strategy: string): Promise<boolean> {
  const order = { strategy_id: strategy, symbol: BTC, side: "BUY", quantity: 1 };
  return (await desk.engine.ask("POST", "/risk/check", order)).status === 200;
}

/** What a restart must not change; executions come back one after the other. */
async function accounts(desk: Desk, all: readonly Traded[]): Promise<string> {
  const parts: unknown[] = [(await desk.get("/risk/limits"))["limits"]];
  for (const { execution } of all) {
    const { status, trade_count: trades } = await desk.get(`/executions/${execution}`);
    parts.push(status, trades, (await desk.get(`/executions/${execution}/ledger`))["totals"]);
  }
  const { positions } = (await desk.get("/positions")) as { readonly positions: readonly Fields[] };
  parts.push(positions.map(({ symbol, quantity, avg_price: price }) => ({ symbol, quantity, price })));
  return JSON.stringify(parts);
}

async function dailyLoss(desk: Desk, momentum: Traded): Promise<void> {
  desk.market.pass(20);
  const status = async (): Promise<unknown> => (await desk.get(`/executions/${momentum.execution}`))["status"];
  await desk.move(BTC, STILL);
  await desk.move(BTC, [0.985]);
  await desk.until("the pause", async () => (await status()) === "paused");
  desk.tell("Bitcoin falls by 1.5 % at one blow.");
  desk.tell(`PAUSED   ${await desk.alert(/daily/)}.`);
  desk.market.pass(15);
  await desk.ask("POST", `/strategies/${momentum.strategy}/resume`);
  await desk.move(BTC, STILL);
  if ((await status()) !== "running") throw new Error(`resumed, it is ${String(await status())}`);
  desk.tell("The operator has looked at it and lets it go on; its day begins anew.");
}

async function emergency(desk: Desk, all: readonly Traded[], momentum: Traded): Promise<void> {
  desk.market.pass(45);
  await settled(desk);
  const { trades } = (await desk.get(`/executions/${momentum.execution}/trades?limit=1`)) as {
    readonly trades: readonly Fields[];
  };
  const [last] = trades;
  desk.tell(
    last?.["side"] === "SELL"
      ? `Its strategy has left the bitcoin meanwhile, at ${money(last["price"])}, with ${money(last["pnl"])}.`
      : "Its strategy holds the bitcoin still.",
  );
  const { executions_stopped: count } = await desk.ask("POST", "/risk/emergency-stop", {
    reason: "news of an exchange",
  });
  desk.tell(`STOPPED  Emergency stop: ${String(count)} executions ended, no signal leaves, no order passes.`);
  for (const { strategy } of all) {
    const { status } = await desk.engine.ask("POST", `/strategies/${strategy}/start`);
    if (status !== 409) throw new Error(`a start during the emergency stop was answered ${status}`);
  }
  desk.tell("Starting one of them is refused, as long as nobody lifts it.");
  desk.market.pass(30);
  await desk.ask("POST", "/risk/resume", { reason: "the exchange is fine" });
  for (const one of all) one.execution = await start(desk, one.strategy);
  desk.tell("The stop is lifted and both are started again, with new executions.");
}

async function afternoon(desk: Desk, rsi: Traded, momentum: Traded): Promise<void> {
  desk.market.pass(10);
  await desk.move(ETH, SLIDING);
  const ether = await desk.holds(rsi.execution, ETH, (held) => held > 0);
  await desk.move(ETH, CLIMBING);
  await desk.holds(rsi.execution, ETH, (held) => held === 0);
  const { pnl } = await desk.get(`/executions/${rsi.execution}`);
  desk.tell(`Ether slides and recovers: bought at ${money(ether["avg_price"])}, sold with a profit of ${money(pnl)}.`);
  desk.market.pass(20);
  const bitcoin = await boughtOnTheWayUp(desk, momentum);
  desk.tell(`Bitcoin rises: ${units(bitcoin["quantity"])} bought at ${money(bitcoin["avg_price"])}.`);
}

async function close(desk: Desk, all: readonly Traded[]): Promise<Close> {
  desk.market.pass(60);
  await settled(desk);
  const close = await desk.until("positions told alike", async () => {
    const held = await heldNow(desk, all);
    return toldAlike(held) && held;
  });
  for (const { strategy, execution } of all) {
    await desk.ask("POST", `/strategies/${strategy}/stop`);
    await desk.until("its end", async () => (await desk.get(`/executions/${execution}`))["status"] === "stopped");
  }
  const { alerts } = (await desk.get("/alerts?acknowledged=false&limit=100")) as { readonly alerts: readonly Fields[] };
  for (const { alert_id: id } of alerts) await desk.ask("POST", `/alerts/${String(id)}/ack`);
  desk.tell(
    `The desk closes with ${money(close.exposure.portfolio)} in bitcoin; ${alerts.length} alerts are acknowledged.`,
  );
  await settled(desk);
  await desk.until("the last word on the bus", async () => {
    const { executions } = (await desk.get("/executions?status=all&limit=100")) as {
      readonly executions: readonly Fields[];
    };
    return executions.length === desk.hearing.tale.ended.length;
  });
  return close;
}

/** Whoever hears of a fill last has heard of it, and what is shown is that of one moment. */
function toldAlike({ api, bus, database, exposure }: Close): boolean {
  const told = [api, bus, database].filter((one) => one !== null);
  const texts = told.map((all) =>
    all
      .map(({ execution_id: id, symbol, quantity }) => `${id} ${symbol} ${quantity.toFixed(6)}`)
      .toSorted()
      .join(),
  );
  const { portfolio, risk, positions } = exposure;
  return new Set(texts).size === 1 && Math.abs(portfolio - positions) < 0.01 && Math.abs(risk - positions) < 0.01;
}

async function heldNow(desk: Desk, all: readonly Traded[]): Promise<Close> {
  const { positions } = (await desk.get("/positions?limit=100")) as { readonly positions: readonly Fields[] };
  const valued = positions.map((one) => Math.abs(Number(one["quantity"]) * Number(one["mark_price"])));
  const portfolio = Number((await desk.get("/portfolio"))["gross_exposure"]);
  const risk = Number((await desk.get("/risk/status"))["gross_exposure"]);
  return {
    exposure: { portfolio, risk, positions: valued.reduce((total, value) => total + value, 0) },
    api: positions as unknown as readonly ToldPosition[],
    bus: desk.hearing.positions(all.map(({ execution }) => execution)),
    database: databasePositions(desk.database),
  };
}

/** The bus has told all trades and alerts that the API has, and the database stored them. */
async function settled(desk: Desk): Promise<void> {
  let seen = "";
  const look = async (): Promise<boolean> => {
    const { executions } = (await desk.get("/executions?status=all&limit=100")) as {
      readonly executions: readonly Fields[];
    };
    const { alerts } = (await desk.get("/alerts?limit=100")) as { readonly alerts: readonly Fields[] };
    const trades = executions.reduce((count, one) => count + Number(one["trade_count"]), 0);
    const heard = desk.hearing.tale;
    // Fills and alerts are durable with the next sync of the store, which may be later than they are told.
    const [stored, kept] = [storedTrades(desk.folder), storedAlerts(desk.folder)];
    const untold = alerts.filter(({ alert_id: id }) => !heard.alerts.some((one) => one.alert_id === id));
    seen =
      `(${trades} trades, ${heard.trades.length} of them heard, ${stored} stored; ${alerts.length} alerts, ` +
      `${heard.alerts.length} heard, ${kept} stored, and not these: ${JSON.stringify(untold.map(({ message }) => message))})`;
    const trading = stored === trades && heard.trades.length === trades;
    return trading && heard.alerts.length === alerts.length && kept === alerts.length;
  };
  await desk.until("all being told", look, () => seen);
}
