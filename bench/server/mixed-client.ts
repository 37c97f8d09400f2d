// A child process that asks an engine a mix of REST questions at a steady pace over keep-alive connections. A request
// counts from the moment it was due by the clock, not from when it was sent, so that a stall of the engine counts for
// every request that should have been asked meanwhile (and the client's own timer, up to a millisecond, counts too).
// Reports, per kind of request, the latencies in nanoseconds. Any answer but 200 ends the run.
import { Random } from "../../test/support/random.ts";
import { KeepAlive, requestOf } from "./keep-alive.ts";

export interface MixedOrder {
  readonly port: number;
  readonly perSecond: number;
  readonly connections: number;
  /** Asked but not reported. */
  readonly warmupMs: number;
  readonly durationMs: number;
  /** A registered strategy to look at, change and track. */
  readonly strategyId: string;
}
/** By "METHOD /path". */
export type MixedReport = Readonly<Record<string, readonly number[]>>;

interface Kind {
  readonly name: string;
  readonly request: (turn: number) => Uint8Array;
}

const SEED = 9_000;
const CODE = "class Flat:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";

process.once("message", (order: MixedOrder) => {
  void ask(order).then((report) => process.send?.(report, () => process.disconnect()));
});

async function ask(order: MixedOrder): Promise<MixedReport> {
  const { perSecond, warmupMs, durationMs } = order;
  const kinds = kindsOf(order.strategyId);
  const random = new Random(SEED);
  const connections = await Promise.all(Array.from({ length: order.connections }, () => KeepAlive.open(order.port)));
  const requests = Math.round(((warmupMs + durationMs) * perSecond) / 1_000);
  const report: Record<string, number[]> = Object.fromEntries(kinds.map(({ name }) => [name, []]));
  const begin = performance.now();
  const dueMs = (turn: number): number => begin + (turn * 1_000) / perSecond;
  let next = 0;
  const run = async (connection: KeepAlive): Promise<void> => {
    while (next < requests) {
      if (performance.now() < dueMs(next)) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const turn = next++;
      const kind = kinds[random.integer(kinds.length)];
      if (kind === undefined) throw new Error("no such kind");
      const { status, body } = await connection.ask(kind.request(turn));
      const latencyMs = performance.now() - dueMs(turn);
      if (status !== 200) throw new Error(`${kind.name} was answered ${status} ${body.slice(0, 300)}`);
      if (dueMs(turn) - begin >= warmupMs) report[kind.name]?.push(latencyMs * 1e6);
    }
  };
  await Promise.all(connections.map(run));
  for (const connection of connections) connection.close();
  return report;
}

function kindsOf(id: string): readonly Kind[] {
  return [
    reads("/health"),
    reads("/metrics"),
    reads("/symbols"),
    reads("/instruments"),
    reads("/signals"),
    reads("/strategies"),
    reads("/strategy-types"),
    reads("/strategies/{id}", id),
    reads("/api/performance/{id}", id),
    writes("POST", "/strategies", id, (turn) => ({ strategy_name: `Flat ${turn}`, code: CODE })),
    writes("PUT", "/api/strategy/{id}", id, (turn) => ({ parameters: { momentum_threshold: 1 + (turn % 10) / 10 } })),
    writes("POST", "/api/performance/track", id, (turn) => ({
      strategy_id: id,
      execution_result: { pnl: (turn % 7) - 3, execution_time_ms: 1 },
    })),
  ];
}

function reads(path: string, id = ""): Kind {
  const request = requestOf("GET", path.replace("{id}", id), "", new Uint8Array());
  return { name: `GET ${path}`, request: () => request };
}

function writes(method: string, path: string, id: string, body: (turn: number) => object): Kind {
  const bytes = (turn: number): Uint8Array => Buffer.from(JSON.stringify(body(turn)));
  return {
    name: `${method} ${path}`,
    request: (turn) => requestOf(method, path.replace("{id}", id), "application/json", bytes(turn)),
  };
}
