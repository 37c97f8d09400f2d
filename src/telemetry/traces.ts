// Spans of requests and pipelines, told through the OpenTelemetry API alone: which SDK listens, samples and exports is the
// operator's business (docs/tracing.md). The SDK has to be there before the engine starts, as `node --import` sees to;
// with none, `openTraces` answers null and nothing else of this file is ever called. What the SDK throws is lost here: a
// span is never worth a request or a pipeline. Main thread; times are the SDK's.
import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";

export type SpanValue = string | number | boolean;
/** Headers that carry the caller's trace, by their lower-case names. */
export type Carrier = Readonly<Record<string, string>>;

const NAME = "strategy-engine";

/** Null: nobody listens. */
export function openTraces(): Traces | null {
  return quietly(() => {
    const provider = trace.getTracerProvider();
    // The API answers with a stand-in; it has a tracer of its own only once somebody has registered one.
    const listened = !("getDelegateTracer" in provider) || (provider as StandIn).getDelegateTracer(NAME) !== undefined;
    return listened ? new Traces(trace.getTracer(NAME)) : null;
  }, null);
}
interface StandIn {
  getDelegateTracer(name: string): Tracer | undefined;
}

export class Traces {
  private readonly tracer: Tracer;

  constructor(tracer: Tracer) {
    this.tracer = tracer;
  }

  /** A request, as part of its caller's trace if it names one. */
  request(name: string, carrier: Carrier, values: Readonly<Record<string, SpanValue>>): Traced {
    const parent = quietly(() => propagation.extract(ROOT_CONTEXT, carrier), ROOT_CONTEXT);
    return this.begin(name, SpanKind.SERVER, parent, values);
  }

  /** Part of `parent`, or of what is under way where this is called. */
  step(name: string, values: Readonly<Record<string, SpanValue>>, parent: Traced | null = null): Traced {
    const within = parent?.context ?? quietly(() => context.active(), ROOT_CONTEXT);
    return this.begin(name, SpanKind.INTERNAL, within, values);
  }

  private begin(name: string, kind: SpanKind, parent: Context, attributes: Record<string, SpanValue>): Traced {
    const none = (): Span => trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const span = quietly(() => this.tracer.startSpan(name, { kind, attributes }, parent), null) ?? none();
    return new Traced(span, trace.setSpan(parent, span));
  }
}

/** One span that is under way; `end` is called once. */
export class Traced {
  readonly context: Context;
  private readonly span: Span;

  constructor(span: Span, inside: Context) {
    this.span = span;
    this.context = inside;
  }

  /** What `run` begins is part of this one. */
  inside<T>(run: () => T): T {
    const asked = { begun: false };
    try {
      return context.with(this.context, () => {
        asked.begun = true;
        return run();
      });
    } catch (error) {
      if (asked.begun) throw error;
      return run();
    }
  }

  name(name: string): void {
    quietly(() => this.span.updateName(name), null);
  }

  set(key: string, value: SpanValue): void {
    quietly(() => this.span.setAttribute(key, value), null);
  }

  /** `fault`: what went wrong; null: nothing did. */
  end(fault: string | null = null): void {
    if (fault !== null) quietly(() => this.span.setStatus({ code: SpanStatusCode.ERROR, message: fault }), null);
    quietly(() => this.span.end(), null);
  }
}

/** What the SDK answers; where it throws, `otherwise`. */
function quietly<T, O>(ask: () => T, otherwise: O): T | O {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
