// A gateway over an exchange behind ccxt, with what it has told of orders, disputes and the link.
import { onTestFinished } from "vitest";
import { CcxtVenue } from "../../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../eventually.ts";
import type { FakeExchange } from "./exchange.ts";
import { LimitedExchange } from "./limited-exchange.ts";

/** `more`: what the exchange has beside, or otherwise; `given`: of an engine of before; `lateMs`: its trades at most are. */
export async function ccxtDesk(
  exchange: FakeExchange,
  pollMs = 20,
  more: object = {},
  given: Store | null = null,
  lateMs = 0,
) {
  const limited = Object.assign(new LimitedExchange(exchange), more);
  const opened =
    given ?? (await openStore({ file: null, log: SILENT_LOG }).then((made) => (made.ok ? made.value : null)));
  if (opened === null) throw new Error("no store");
  const store: Store = opened;
  /** How those ended that are settled. */
  const ended: string[] = [];
  const disputes: string[] = [];
  const links: string[] = [];
  let filled = 0;
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs, lateMs });
  const gateway = new Gateway({
    venue,
    store,
    log: { ...SILENT_LOG, info: (what) => void (what.startsWith("venue ") && links.push(what)) },
    now: () => Date.now() * 1_000,
    patienceMs: 40,
    compareMs: 3_600_000,
    onOrder: ({ state, settled }, fill) => {
      filled += fill?.quantity ?? 0;
      if (settled) ended.push(state);
    },
    onDispute: (reason) => disputes.push(reason),
  });
  onTestFinished(() => gateway.close());
  const until = async (holds: () => boolean): Promise<void> => void (await eventually(holds, (held) => held));
  await gateway.start();
  await until(() => ["ready", "dispute"].includes(gateway.status().state));
  return { exchange, limited, store, venue, gateway, ended, disputes, links, until, filled: () => filled };
}

/** Each order is filled in part and ended at once: the rest found nothing there. */
export function endsInPart(exchange: FakeExchange): void {
  exchange.onEvent(({ kind, order }) => {
    if (kind !== "order" || order.status !== "open") return;
    const placed = exchange.byId(order.orderId)!;
    exchange.fill(placed, 0.4, 101);
    exchange.cancel(placed);
  });
}
