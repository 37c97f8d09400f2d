// What an operator plugs in by `node --import`: the smallest SDK there can be. It keeps contexts over promises, reads the
// caller's trace from the header `traceparent`, and writes each span that ends as a line to the file SPANS_FILE.
import { AsyncLocalStorage } from "node:async_hooks";
import { appendFileSync } from "node:fs";
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
  type Tracer,
} from "@opentelemetry/api";

export interface EndedSpan {
  readonly name: string;
  readonly kind: number;
  readonly trace: string;
  readonly id: string;
  readonly parent: string | null;
  readonly values: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
}

const file = process.env["SPANS_FILE"] ?? "";
let made = 0;

function startSpan(
  first: string,
  { kind = SpanKind.INTERNAL, attributes = {} }: SpanOptions = {},
  within?: Context,
): Span {
  const parent = trace.getSpanContext(within ?? context.active());
  const spanId = (++made).toString(16).padStart(16, "0");
  const own = { traceId: parent?.traceId ?? `f${spanId}`.padStart(32, "0"), spanId, traceFlags: 1 };
  const values: Record<string, unknown> = { ...attributes };
  let [name, status] = [first, { code: 0 } as EndedSpan["status"]];
  const span = {
    spanContext: () => own,
    setAttribute: (key: string, value: unknown) => ((values[key] = value), span),
    updateName: (to: string) => ((name = to), span),
    setStatus: (to: EndedSpan["status"]) => ((status = to), span),
    end: () => {
      const ended: EndedSpan = {
        name,
        kind,
        trace: own.traceId,
        id: spanId,
        parent: parent?.spanId ?? null,
        values,
        status,
      };
      appendFileSync(file, `${JSON.stringify(ended)}\n`);
    },
  };
  return span as unknown as Span;
}

const storage = new AsyncLocalStorage<Context>();
context.setGlobalContextManager({
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (inside, run, self, ...given) => storage.run(inside, () => run.apply(self as never, given)),
  bind: (_, target) => target,
  enable() {
    return this;
  },
  disable() {
    return this;
  },
});
propagation.setGlobalPropagator({
  inject: () => undefined,
  extract: (into, carrier: Readonly<Record<string, string>>) => {
    const [, traceId, spanId] = /^00-(\w{32})-(\w{16})-01$/.exec(carrier["traceparent"] ?? "") ?? [];
    if (traceId === undefined || spanId === undefined) return into;
    return trace.setSpanContext(into, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
  fields: () => ["traceparent"],
});
trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
