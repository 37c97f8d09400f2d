// The process of a shard, forked by its node. It loads every module and waits, as a spare, for a seat; then it is an
// engine like any other, until its node says drain, goes away, or somebody else has the shard. In the last two cases it
// ends by SIGKILL: nothing of what it still holds in memory may get out, and no handler may take its time.
//   loaded ---seat---> starting ---> ready ---drain---> ended (0)
//      \___________________\____________\___ lost, failed, node gone ---> killed
// Whatever it is at, it answers each renewal of its lease with how it is; a node ends one that does not.
import { createLog, type Log } from "../telemetry/log.ts";
import type { Config } from "../config.ts";
import type { ShardSeat } from "../domain/seat.ts";
import type { Condition, Order, Report } from "./messages.ts";

export interface RunningShard {
  readonly ports: readonly number[];
  condition(): Condition;
  stop(reason: string): Promise<void>;
}
export type StartShard = (config: Config, log: Log, seat: ShardSeat) => Promise<RunningShard>;

/** Looks of the watch in a row that have to agree: a process that stood still itself first reads what came meanwhile. */
const LOOKS = 2;
const LOOKS_PER_LEASE = 4;
const STARTING: Condition = { trouble: null, down: false };

/** `start` builds the engine; the room that knows all rooms hands it in. */
export function runShard(start: StartShard): void {
  process.once("disconnect", () => die(null, "its node is gone"));
  process.on("message", (order: Order) => {
    if (order.type === "seat") void takeSeat(start, order).catch((error: unknown) => fail(null, error));
  });
  // A terminal sends its Ctrl-C to all processes; ending in order is the node's business.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  tell({ type: "loaded" });
}

async function takeSeat(start: StartShard, { seat, config }: Extract<Order, { type: "seat" }>): Promise<void> {
  const log = createLog(config.logLevel);
  stopOnDefects(log);
  const onLost = (reason: string): void => die(log, reason);
  watchLease(config.leaseMs, onLost);
  let draining = false;
  let engine: RunningShard | null = null;
  process.on("message", (order: Order) => {
    // An answer says that this thread gets on; one that starts or ends is judged by how long that takes.
    if (isWord(order)) tell({ type: "condition", ...(engine?.condition() ?? STARTING) });
  });
  const running = start(config, log, { ...seat, onLost });
  process.on("message", (order: Order) => {
    if (order.type !== "drain" || draining) return;
    draining = true;
    void running.then((started) => end(started, log));
  });
  try {
    engine = await running;
    const [port = 0] = engine.ports;
    tell({ type: "ready", port });
  } catch (error) {
    fail(log, error);
  }
}

async function end(engine: RunningShard, log: Log): Promise<void> {
  try {
    await engine.stop("drained");
    log.flush();
    process.exit(0);
  } catch (error) {
    fail(log, error);
  }
}

/**
 * The node renews the lease and says so, or that it waits for an answer (holding.ts). Without either for a whole lease,
 * somebody else may have the shard.
 */
function watchLease(leaseMs: number, onLost: (reason: string) => void): void {
  let heard = performance.now();
  let late = 0;
  process.on("message", (order: Order) => {
    if (isWord(order)) heard = performance.now();
  });
  setInterval(() => {
    late = performance.now() - heard > leaseMs ? late + 1 : 0;
    if (late >= LOOKS) onLost(`its lease was not renewed for ${leaseMs} ms`);
  }, leaseMs / LOOKS_PER_LEASE);
}

/** The node is there, and counts the lease. */
function isWord({ type }: Order): boolean {
  return type === "renewed" || type === "waiting";
}

function stopOnDefects(log: Log): void {
  const onDefect = (error: unknown): void => {
    log.error("unexpected failure; the process ends, its node starts another one", { error });
    fail(log, error);
  };
  process.on("uncaughtException", onDefect);
  process.on("unhandledRejection", onDefect);
}

function fail(log: Log | null, error: unknown): never {
  tell({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
  return die(log, error instanceof Error ? error.message : String(error));
}

function die(log: Log | null, reason: string): never {
  log?.warn("this process gives the shard up at once", { reason });
  log?.flush();
  tell({ type: "lost", reason });
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable: a process does not outlive SIGKILL");
}

function tell(report: Report): void {
  // Whoever does not listen any more is gone, and then this process ends anyway.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}
