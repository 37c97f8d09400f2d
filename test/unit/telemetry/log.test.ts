import { describe, expect, it } from "vitest";
import { createLog, type Log, type LogLevel } from "../../../src/telemetry/log.ts";

function capture(level: LogLevel): { log: Log; lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const log = createLog(level, { write: (line) => void written.push(line), flushSync: () => undefined });
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("the log", () => {
  it("writes one JSON object a line, with the level as a word and the time in ISO-8601", () => {
    const { log, lines } = capture("info");
    log.info("pipeline stage", { pipeline_id: "pipe_def456" });
    const [line] = lines();
    expect(line).toMatchObject({ level: "info", msg: "pipeline stage", pipeline_id: "pipe_def456" });
    expect(line?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = capture("warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines().map((line) => line["msg"])).toEqual(["c", "d"]);
  });

  it("replaces secrets by name, also one level down and in children", () => {
    const { log, lines } = capture("info");
    log.info("request", { password: "p", headers: { authorization: "Bearer b", "x-api-key": "k", host: "h" } });
    log.child({ connection: { password: "q" } }).info("child");
    const text = JSON.stringify(lines());
    expect(text).not.toMatch(/"p"|"q"|"k"|Bearer/);
    expect(lines()[0]).toMatchObject({ headers: { host: "h" } });
  });

  it("shows an error with its message and type", () => {
    const { log, lines } = capture("info");
    log.error("failed", { error: new TypeError("odd") });
    expect(lines()[0]?.["error"]).toMatchObject({ type: "TypeError", message: "odd" });
  });
});
