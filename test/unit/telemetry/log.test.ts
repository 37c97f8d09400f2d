import { describe, expect, it, vi } from "vitest";
import { LINES_KEPT } from "../../../src/telemetry/log-tail.ts";
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

  it("keeps its last lines, newest first, of all its children, without secrets and stacks, however long", () => {
    const { log } = capture("info");
    log.info("begins", { token: "t" });
    log.child({ pipeline_id: "pipe_a" }).warn("pipeline stage", { passed: false, more: { deep: 1 } });
    log.error("failed", { error: new TypeError("odd") });
    expect(log.tail(9)).toMatchObject([
      { level: "error", message: "failed", fields: { error: "odd" } },
      { level: "warn", message: "pipeline stage", fields: { pipeline_id: "pipe_a", passed: false } },
      { level: "info", message: "begins", fields: { token: "***" } },
    ]);
    expect(log.tail(9)[1]?.fields).not.toHaveProperty("more");
    expect(log.tail(1)).toHaveLength(1);
    for (let line = 0; line < 2 * LINES_KEPT; line++)
      log.info(`line ${line}`, { text: "x".repeat(10 * (line % 2_000)) });
    const kept = log.tail(9 * LINES_KEPT);
    expect(kept).toHaveLength(LINES_KEPT);
    expect(kept[0]?.message).toBe(`line ${2 * LINES_KEPT - 1}`);
    expect(kept.at(-1)?.message).toBe(`line ${LINES_KEPT}`);
    expect(JSON.stringify(kept).length).toBeLessThan(LINES_KEPT * 1_000);
  });

  it("hides a secret, and shows that none is set", () => {
    const { log } = capture("info");
    log.info("settings", { API_KEYS: "", ALERT_WEBHOOKS: "https://a" });
    expect(log.tail(1)[0]?.fields).toEqual({ API_KEYS: "", ALERT_WEBHOOKS: "***" });
  });

  it("tells the newest of those that are grave enough, and reads no more lines than that takes", () => {
    const { log } = capture("debug");
    for (const line of [0, 1, 2, 3, 4, 5]) {
      log.warn(`warned ${line}`);
      log.info(`told ${line}`);
    }
    const parse = vi.spyOn(JSON, "parse");
    try {
      expect(log.tail(2, "warn").map(({ message }) => message)).toEqual(["warned 5", "warned 4"]);
      expect(parse).toHaveBeenCalledTimes(4);
    } finally {
      parse.mockRestore();
    }
    expect(log.tail(9, "error")).toEqual([]);
    expect(log.tail(9, "warn")).toHaveLength(6);
    expect(log.tail(99)).toHaveLength(12);
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
