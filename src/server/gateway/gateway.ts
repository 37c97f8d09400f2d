// The door of a cluster's node, on a loop of its own kind beside server.ts: the same guard, limits and sockets, other
// routes. What it is asked about the cluster, the node behind it says; what is a shard's goes to who serves the shard, and
// ticks are divided by their shards.
import { randomBytes } from "node:crypto";
import { failed, ok } from "../../domain/result.ts";
import { Dispatch } from "../dispatch.ts";
import { gateOf } from "../guards/gate-of.ts";
import { liveSocket } from "../live/socket.ts";
import { text } from "../reply.ts";
import { Router } from "../router.ts";
import { createApp, listenOn, stopListening } from "../uws.ts";
import * as paths from "./paths.ts";
import { type Asked, FORWARDED, Forwarder, hostAndPort, type Target } from "./forward.ts";
import { Spreader, takesTicks } from "./ticks/spreading.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { ShardGroups } from "../../domain/shard.ts";
import type { Log } from "../../telemetry/log.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { Guard } from "../guards/guard.ts";
import type { TlsFiles } from "../guards/tls.ts";
import type { Live } from "../live/live.ts";
import type { App, ListenSocket } from "../uws.ts";

export type NodeHealthView = AnswerOf<typeof paths.getNodeHealth>;
export type ClusterView = AnswerOf<typeof paths.getCluster>;

/** Who serves a shard. */
export type ShardPlace =
  /** Its engine, on this machine. `counts`, asked when its answer is there: whether that is an owner's; absent: always. */
  | { readonly here: number; readonly counts?: () => boolean }
  /** host:port of another node's gateway. */
  | { readonly there: string };

/** What a gateway asks its node. */
export interface NodeView {
  readonly id: string;
  readonly shards: number;
  readonly groups: ShardGroups;
  health(): NodeHealthView;
  ready(): boolean;
  stopping(): boolean;
  cluster(): Promise<ClusterView>;
  metricsText(): Promise<string>;
  /** Null: nobody at the moment. */
  placeOf(shard: number): ShardPlace | null;
}

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly corsOrigin: string;
  readonly guard: Guard;
  readonly rateLimitPerMinute: number;
  readonly tls: TlsFiles | null;
  readonly log: Log;
  /** Of all answers of shards that are being received; without it 128 MiB. */
  readonly answerBytesMax?: number;
}

const EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";
const PREFIX = "/shards/";
/** What some read as another host where a path is asked for. No path of an engine begins like this. */
const NAMES_A_HOST = /^\/[/\\]/;
const BODY_BYTES_MAX = 4 << 20;
const DRAIN_MS = 3_000;
const FAREWELL_MS = 100;

export class Gateway {
  readonly port: number;
  private readonly app: App;
  private readonly socket: ListenSocket;
  private readonly dispatch: Dispatch;
  private readonly live: Live;

  private constructor(app: App, listening: { socket: ListenSocket; port: number }, dispatch: Dispatch, live: Live) {
    this.app = app;
    this.port = listening.port;
    this.socket = listening.socket;
    this.dispatch = dispatch;
    this.live = live;
  }

  static start(node: NodeView, live: Live, options: GatewayOptions): Result<Gateway, string> {
    const { host, port, corsOrigin, log, tls } = options;
    const app = createApp(tls);
    const router = new Router();
    const forwarder = new Forwarder(options.answerBytesMax);
    const secure = tls !== null;
    const spreader = new Spreader(
      node,
      (shard, path) => placeTarget(node, secure, { shard, rest: path, whole: `${PREFIX}${shard}${path}` }),
      forwarder,
    );
    addRoutes(router, node);
    const dispatch = new Dispatch(router, {
      corsOrigin,
      idPrefix: randomBytes(5).toString("hex"),
      log,
      gate: gateOf(options),
      book: null,
      forwarding: {
        takes: (path) => path.startsWith(PREFIX) || takesTicks(path),
        maxBytes: BODY_BYTES_MAX,
        pathBehind: (path) => splitPath(path)?.rest ?? path,
        forward: async (asked) => {
          if (takesTicks(asked.head.path)) return spreader.post(asked);
          const target = targetOf(node, secure, asked);
          return target.ok ? forwarder.send(target.value, asked) : target;
        },
      },
    });
    app.ws("/ws", liveSocket(live, dispatch));
    app.any("/*", (response, request) => dispatch.handle(response, request));
    const listening = listenOn(app, host, port);
    if (listening !== null) return ok(new Gateway(app, listening, dispatch, live));
    app.close();
    return failed(`port ${port} on ${host} is taken; set PORT to another one, or stop who has it`);
  }

  /** Stops listening, says good-bye to sockets, waits for answers under way, then closes what is left. */
  async close(): Promise<void> {
    this.dispatch.close();
    stopListening(this.socket);
    const sockets = this.live.stats().connections;
    this.live.shutdown();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([this.dispatch.idle(), late]);
    clearTimeout(timer);
    await new Promise((resolve) => setTimeout(resolve, sockets === 0 ? 0 : FAREWELL_MS));
    this.app.close();
  }
}

function addRoutes(router: Router, node: NodeView): void {
  const ready = (): Result<{ readonly status: "ok" }, { readonly code: "shutting_down" | "not_ready" }> => {
    if (node.stopping()) return failed({ code: "shutting_down" });
    return node.ready() ? ok({ status: "ok" }) : failed({ code: "not_ready" });
  };
  router.route(paths.getNodeHealth, () => ok(node.health()));
  router.route(paths.getNodeLive, () => ok({ status: "ok" } as const));
  router.route(paths.getNodeReady, ready);
  router.route(paths.getNodeHealthReady, ready);
  router.reply(paths.getNodeMetrics, async () => text(EXPOSITION, await node.metricsText()));
  router.route(paths.getCluster, async () => ok(await node.cluster()));
}

/** /shards/3/signals in its parts; null where no shard's number is there. */
function splitPath(path: string): { readonly shard: number; readonly rest: string } | null {
  const [, number, rest = "/"] = /^\/shards\/(\d{1,4})(\/.*)?$/.exec(path) ?? [];
  return number === undefined ? null : { shard: Number(number), rest };
}

/** Where /shards/3/signals?limit=5 goes: to the engine here as /signals?limit=5, to another node's gateway as it is. */
function targetOf(node: NodeView, tls: boolean, { head, headers }: Asked): Result<Target, Failure> {
  const split = splitPath(head.path);
  const id = head.path.slice(0, 100);
  if (split === null || split.shard >= node.shards) {
    const why = `must be a shard of this cluster, /shards/0/ to /shards/${node.shards - 1}/`;
    return failed({ code: "not_found", kind: "path", id, why });
  }
  if (NAMES_A_HOST.test(split.rest)) return failed({ code: "not_found", kind: "path", id });
  const query = head.rawQuery === "" ? "" : `?${head.rawQuery}`;
  const target = placeTarget(node, tls, { shard: split.shard, rest: split.rest + query, whole: head.path + query });
  const moving = target.ok && target.value.forwardedBy !== null && headers[FORWARDED] !== undefined;
  return moving ? failed({ code: "not_ready" }) : target;
}

/** `rest`: as the shard knows the path; `whole`: as any gateway does. */
function placeTarget(
  node: NodeView,
  tls: boolean,
  { shard, rest, whole }: { readonly shard: number; readonly rest: string; readonly whole: string },
): Result<Target, Failure> {
  const place = node.placeOf(shard);
  if (place === null) return failed({ code: "not_ready" });
  const serves = (): boolean => isSame(place, node.placeOf(shard));
  if ("here" in place) {
    const engine = { host: "127.0.0.1", port: place.here, tls: false, path: rest, forwardedBy: null, serves };
    return ok({ ...engine, ...(place.counts === undefined ? {} : { counts: place.counts }) });
  }
  const there = hostAndPort(place.there);
  return there === null
    ? failed({ code: "not_ready" })
    : ok({ ...there, tls, path: whole, forwardedBy: node.id, serves });
}

function isSame(place: ShardPlace, now: ShardPlace | null): boolean {
  if (now === null) return false;
  return "here" in place ? "here" in now && now.here === place.here : "there" in now && now.there === place.there;
}
