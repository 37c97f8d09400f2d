import { trace, type Span, type Tracer } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { openTraces } from "../../../src/telemetry/traces.ts";

afterEach(() => trace.disable());

it("nobody listens: there is nothing that could cost anything", () => {
  expect(openTraces()).toBeNull();
});

it("somebody listens: spans go to the tracer of that provider", () => {
  const begun: string[] = [];
  const startSpan = (name: string): unknown => {
    begun.push(name);
    return { spanContext: () => ({}), end: () => undefined };
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
  openTraces()?.step("pipeline", {}).end();
  expect(begun).toEqual(["pipeline"]);
});

it("what the SDK throws changes nothing of what is traced", () => {
  const broken = (): never => {
    throw new Error("the processor broke");
  };
  const span = { spanContext: broken, updateName: broken, setAttribute: broken, setStatus: broken, end: broken };
  const tracer = { startSpan: () => span as unknown as Span } as unknown as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  const traced = openTraces()?.step("pipeline", {});
  traced?.name("another");
  traced?.set("key", 1);
  expect(traced?.inside(() => 5)).toBe(5);
  expect(() => traced?.inside(() => broken())).toThrow("the processor broke");
  expect(() => traced?.end("it failed")).not.toThrow();

  trace.disable();
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: broken }) as unknown as Tracer });
  const request = openTraces()?.request("GET", { traceparent: "x" }, {});
  expect(request?.inside(() => 6)).toBe(6);
  expect(() => request?.end()).not.toThrow();
});
