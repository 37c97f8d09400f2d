// What spans cost a request. Without an SDK the engine asks whether there is a span, and nothing else: what that takes,
// against the same request without any of it, in turns. Beside it what it would take to go through the API of
// OpenTelemetry all the same, whose stand-ins do nothing, and with somebody who takes spans and drops them.
import { type Span, trace, type Tracer, type TracerProvider } from "@opentelemetry/api";
import { openTraces, type Traced, Traces } from "../../src/telemetry/traces.ts";
import type { Figure, Result } from "../result.ts";
import { inAHurry, median } from "../runner.ts";

const REQUESTS = 2_000;
const ROUNDS = 401;
const WARMUP = 200;
/** Of the rounds: what nothing disturbed, on a machine that others use as well. */
const UNDISTURBED = 0.1;
const CALLER = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "" };

/** What one request leaves behind, with or without a span. */
interface Exchange {
  traced: Traced | null;
  status: number;
}

/** As the server does it: at the head, once the route is known, around the handler, at the answer. */
function traced(traces: Traces | null): () => number {
  return () => {
    let sum = 0;
    for (let id = 0; id < REQUESTS; id++) {
      const exchange: Exchange = { traced: null, status: 0 };
      if (traces !== null) {
        const values = { "http.request.method": "GET", "url.path": "/symbols", "strategy_engine.request_id": "r" };
        exchange.traced = traces.request("GET", CALLER, values);
      }
      const { traced: span } = exchange;
      if (span !== null) {
        span.name("GET /symbols");
        span.set("http.route", "/symbols");
      }
      const handler = (): number => answer(exchange, id);
      sum += span === null ? handler() : span.inside(handler);
      if (exchange.traced !== null) {
        exchange.traced.set("http.response.status_code", exchange.status);
        exchange.traced.end();
      }
    }
    return sum;
  };
}

function untraced(): number {
  let sum = 0;
  for (let id = 0; id < REQUESTS; id++) {
    const exchange: Exchange = { traced: null, status: 0 };
    const handler = (): number => answer(exchange, id);
    sum += handler();
  }
  return sum;
}

function answer(exchange: Exchange, id: number): number {
  exchange.status = 200 + (id & 1);
  return exchange.status;
}

/** Takes every span, and drops it. */
class Dropping implements TracerProvider, Tracer {
  getTracer(): Tracer {
    return this;
  }
  startSpan(): Span {
    return trace.wrapSpanContext({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      traceFlags: 1,
    });
  }
  startActiveSpan(): never {
    throw new Error("the engine begins no active spans");
  }
}

export function run(): Promise<readonly Result[]> {
  const off = openTraces();
  if (off !== null) throw new Error("somebody listens to spans: start this without an SDK");
  const ways = [
    { label: "without an SDK", call: traced(off) },
    { label: "no code for spans", call: untraced },
    { label: "stand-ins of the API", call: traced(new Traces(trace.getTracer("bench"))) },
    { label: "a tracer that drops spans", call: traced(new Traces(new Dropping())) },
  ] as const;
  const taken = ways.map((): number[] => []);
  const rounds = inAHurry() ? 1 : ROUNDS;
  for (let round = -WARMUP; round < rounds; round++)
    for (const [place, { call }] of ways.entries()) {
      const begin = performance.now();
      call();
      if (round >= 0) taken[place]?.push(((performance.now() - begin) * 1e6) / REQUESTS);
    }
  const undisturbed = taken.map(
    (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * UNDISTURBED)] ?? 0,
  );
  const [asked = 0, bare = 0] = undisturbed;
  const pairs = ways.map(({ label }, place): Figure => ({ label, medianNs: undisturbed[place] ?? Number.NaN }));
  const all = median(taken[0] ?? []).toFixed(1);
  const note = `${(asked - bare).toFixed(1)} ns a request more than without; ${REQUESTS} requests in ${rounds} rounds, the quickest tenth of each; median of all ${all} ns`;
  return Promise.resolve([{ name: "spans of a request", pairs, ratio: bare / asked, note }]);
}
