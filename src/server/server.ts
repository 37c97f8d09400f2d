// The door: HTTP and WebSocket on one uWebSockets.js loop, on the main thread (inside a worker the library aborts the
// process). Every route on every port; /ws speaks the protocol of live/. A port that is taken stops the start, except
// the compatibility port, which only costs a warning.
import { randomBytes } from "node:crypto";
import { failed, ok } from "../domain/result.ts";
import { getWebSocket } from "./contract/pages.ts";
import { Dispatch } from "./dispatch.ts";
import { gateOf } from "./guards/gate-of.ts";
import { liveSocket } from "./live/socket.ts";
import { Router } from "./router.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { venueRoutes } from "./routes/venue.ts";
import { backtestRoutes } from "./routes/backtests.ts";
import { sweepRoutes } from "./routes/sweeps.ts";
import { catalogueRoutes } from "./routes/catalogue.ts";
import { configRoutes } from "./routes/config.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { abTestRoutes } from "./routes/ab-tests.ts";
import { executionRoutes } from "./routes/executions.ts";
import { orderRoutes } from "./routes/orders.ts";
import { healthRoutes } from "./routes/health.ts";
import { instrumentRoutes } from "./routes/instruments.ts";
import { insightRoutes } from "./routes/insights.ts";
import { learningRoutes } from "./routes/learning.ts";
import { marketDataRoutes } from "./routes/market-data.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { performanceRoutes } from "./routes/performance.ts";
import { pageRoutes } from "./routes/pages.ts";
import { referenceRoutes } from "./routes/reference.ts";
import { riskRoutes } from "./routes/risk.ts";
import { signalRoutes } from "./routes/signals.ts";
import { strategyRoutes } from "./routes/strategies.ts";
import { trafficRoutes } from "./routes/traffic.ts";
import { createApp, listenOn, stopListening } from "./uws.ts";
import type { Result } from "../domain/result.ts";
import type { Log } from "../telemetry/log.ts";
import type { Engine } from "./engine.ts";
import type { Guard } from "./guards/guard.ts";
import type { TlsFiles } from "./guards/tls.ts";
import type { AnswerBook as Book } from "./idempotency/book.ts";
import type { Live as LiveSockets } from "./live/live.ts";
import type { App, ListenSocket } from "./uws.ts";

export type {
  BarView,
  ComponentView,
  Engine,
  HealthView,
  InstrumentView,
  MarketDataOutcome,
  MetricsView,
  ReadinessView,
  StrategyTypeView,
  SummaryView,
  SymbolView,
  TierView,
  VersionView,
} from "./engine.ts";
export type { Listed } from "./list-page.ts";
export { type ClusterView, Gateway, type NodeHealthView, type NodeView, type ShardPlace } from "./gateway/gateway.ts";
export { Live } from "./live/live.ts";
export { accessBy } from "./live/access.ts";
export { AnswerBook } from "./idempotency/book.ts";
export { executionView } from "./routes/executions.ts";
export { loadGuard } from "./guards/load-guard.ts";
export type { RelayedSignal } from "./live/channels.ts";
export { checkTls, type TlsFiles } from "./guards/tls.ts";
export type { Caller, Guard } from "./guards/guard.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port; `ports` tells which. */
  readonly port: number;
  /** The second port with the same routes; 0: none. */
  readonly compatPort: number;
  readonly corsOrigin: string;
  readonly log: Log;
  /** Who may do what; everybody may do everything without one. */
  readonly guard?: Guard;
  /** RATE_LIMIT_PER_MINUTE; 0: no limit. */
  readonly rateLimitPerMinute?: number;
  /** Keeps answers for requests that are sent again (Idempotency-Key). */
  readonly book?: Book | null;
  /** HTTPS and wss instead of HTTP and ws, on every port. */
  readonly tls?: TlsFiles | null;
  /** How long a shutdown waits for answers under way. */
  readonly drainMs?: number;
  /** Of all answers that clients have not taken yet; without it 256 MiB. */
  readonly unsentBytesMax?: number;
}

const DRAIN_MS = 3_000;
const FAREWELL_MS = 100;

export interface PortTaken {
  readonly host: string;
  readonly port: number;
}

export class Server {
  /** Ports listened on; the first is `port`. */
  readonly ports: readonly number[];
  /** For the log: where it listens, and whether somebody listens to the spans of requests. */
  readonly told: { readonly ports: readonly number[]; readonly tracing: "on" | "off" };
  private readonly app: App;
  private readonly sockets: readonly ListenSocket[];
  private readonly dispatch: Dispatch;
  private readonly live: LiveSockets;
  private readonly drainMs: number;
  private closed: Promise<void> | null = null;

  private constructor(
    app: App,
    listening: readonly { socket: ListenSocket; port: number }[],
    dispatch: Dispatch,
    live: LiveSockets,
    drainMs: number,
  ) {
    this.app = app;
    this.ports = listening.map(({ port }) => port);
    this.sockets = listening.map(({ socket }) => socket);
    this.dispatch = dispatch;
    this.told = { ports: this.ports, tracing: dispatch.traced ? "on" : "off" };
    this.live = live;
    this.drainMs = drainMs;
  }

  static start(engine: Engine, live: LiveSockets, options: ServerOptions): Result<Server, PortTaken> {
    const { host, port, compatPort, log } = options;
    const app = createApp(options.tls ?? null);
    const router = new Router();
    const idPrefix = randomBytes(5).toString("hex");
    const dispatch = new Dispatch(router, {
      corsOrigin: options.corsOrigin,
      idPrefix,
      log,
      gate: gateOf(options),
      book: options.book ?? null,
      ...(options.unsentBytesMax === undefined ? {} : { unsentBytesMax: options.unsentBytesMax }),
    });
    addRoutes(router, engine, dispatch);
    app.ws("/ws", liveSocket(live, dispatch));
    app.any("/*", (response, request) => dispatch.handle(response, request));
    const first = listenOn(app, host, port);
    if (first === null) {
      app.close();
      return failed({ host, port });
    }
    const listening = [first];
    if (compatPort !== 0 && compatPort !== first.port) {
      const second = listenOn(app, host, compatPort);
      if (second === null) log.warn(`port ${compatPort} (COMPAT_PORT) is taken; going on without it`, { host });
      else listening.push(second);
    }
    return ok(new Server(app, listening, dispatch, live, options.drainMs ?? DRAIN_MS));
  }

  /** Stops listening, says good-bye to sockets, waits for answers under way, then closes what is left. */
  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.dispatch.close();
    for (const socket of this.sockets) stopListening(socket);
    const sockets = this.live.stats().connections;
    this.live.shutdown();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.drainMs);
    });
    await Promise.race([this.dispatch.idle(), late]);
    clearTimeout(timer);
    // Time for sockets to read the farewell and answer the closing handshake before they are cut.
    await new Promise((resolve) => setTimeout(resolve, sockets === 0 ? 0 : FAREWELL_MS));
    this.app.close();
  }
}

function addRoutes(router: Router, engine: Engine, dispatch: Dispatch): void {
  healthRoutes(router, engine, () => dispatch.isClosing);
  metricsRoutes(router, engine);
  backtestRoutes(router, engine.manage);
  sweepRoutes(router, engine.manage);
  catalogueRoutes(router, engine);
  instrumentRoutes(router, engine);
  signalRoutes(router, engine);
  marketDataRoutes(router, engine);
  riskRoutes(router, engine);
  strategyRoutes(router, engine.manage);
  deploymentRoutes(router, engine.manage);
  executionRoutes(router, engine);
  abTestRoutes(router, engine.manage);
  orderRoutes(router, engine.manage);
  trafficRoutes(router, engine.manage);
  performanceRoutes(router, engine.manage);
  configRoutes(router, engine.manage);
  alertRoutes(router, engine.manage);
  learningRoutes(router, engine.manage);
  insightRoutes(router, engine.manage);
  venueRoutes(router, engine.manage);
  const { version } = engine.version();
  pageRoutes(router);
  referenceRoutes(router, version);
  router.reply(getWebSocket, () =>
    failed({ code: "upgrade_required", issue: "this address speaks WebSocket: open it with a WebSocket client" }),
  );
}
