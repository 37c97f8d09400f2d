// The engine under an SDK of OpenTelemetry that was plugged in from outside, as docs/tracing.md says.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import type { EndedSpan } from "../../support/tracer.ts";

const TRACER = new URL("../../support/tracer.js", import.meta.url).href;
const [CALLER, TRACE] = ["00f067aa0ba902b7", "4bf92f3577b34da6a3ce929d0e0e4736"];
const SERVER = 1;
const ERROR = 2;
const folder = mkdtempSync(join(tmpdir(), "traces-"));
const file = join(folder, "spans.ndjson");
let engine: EngineProcess;

beforeAll(async () => {
  engine = await EngineProcess.start({
    DATA_DIR: "",
    PIPELINE_STAGES: "syntax_check,unit_tests",
    NODE_OPTIONS: `--import=${TRACER}`,
    SPANS_FILE: file,
  });
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

function spans(): readonly EndedSpan[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EndedSpan);
}
async function span(fits: (one: EndedSpan) => boolean): Promise<EndedSpan> {
  let found: EndedSpan | undefined;
  await expect.poll(() => (found = spans().find(fits)) !== undefined).toBe(true);
  return found as EndedSpan;
}

it("says in the log that somebody listens", async () => {
  expect(await engine.line("ready")).toMatchObject({ tracing: "on" });
});

it("tells each request by its route, as part of its caller's trace, with the id and the status that it answered", async () => {
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, "x-request-id": "asked-1" };
  await fetch(`${engine.url}/strategies/strat_nobody`, { headers });
  const found = await span(({ values }) => values["strategy_engine.request_id"] === "asked-1");
  expect(found).toMatchObject({ name: "GET /strategies/{strategy_id}", kind: SERVER, trace: TRACE, parent: CALLER });
  expect(found.values).toMatchObject({
    "http.request.method": "GET",
    "http.route": "/strategies/{strategy_id}",
    "url.path": "/strategies/strat_nobody",
    "http.response.status_code": 404,
  });
  // Refused as it should be: no fault of the engine's.
  expect(found.status.code).toBe(0);
});

it("keeps a path that nobody knows out of the names of spans", async () => {
  await fetch(`${engine.url}/no/such/path`, { headers: { "x-request-id": "asked-2" } });
  const found = await span(({ values }) => values["strategy_engine.request_id"] === "asked-2");
  expect([found.name, found.values["http.response.status_code"]]).toEqual(["GET", 404]);
});

it("tells a pipeline and each of its stages as part of the request that began it", async () => {
  const code = "class S:\n    def generate_signal(self, market_data):\n        return None\n";
  const made = await engine.ask("POST", "/strategies", { strategy_name: "Traced", code, language: "python" });
  const id = String(made.body["strategy_id"]);
  const begun = await engine.ask("POST", `/strategies/${id}/deploy`, {});
  const pipeline = await span(({ name }) => name === "pipeline");
  const asked = await span(({ name }) => name === "POST /strategies/{strategy_id}/deploy");
  expect(pipeline).toMatchObject({ trace: asked.trace, parent: asked.id });
  expect(pipeline.values).toMatchObject({
    "strategy_engine.pipeline_id": begun.body["pipeline_id"],
    "strategy_engine.strategy_id": id,
  });
  const stages = spans().filter(({ name }) => name === "pipeline stage");
  expect(stages.map(({ values }) => values["strategy_engine.stage"])[0]).toBe("syntax_check");
  for (const stage of stages) expect(stage).toMatchObject({ trace: asked.trace, parent: pipeline.id });
});

it("tells why a pipeline failed, and at which stage", async () => {
  const made = await engine.ask("POST", "/strategies", {
    strategy_name: "Broken",
    code: "class S(:\n",
    language: "python",
  });
  await engine.ask("POST", `/strategies/${String(made.body["strategy_id"])}/deploy`, {});
  const fits = ({ name, status }: EndedSpan, wanted: string): boolean => name === wanted && status.code === ERROR;
  const stage = await span((one) => fits(one, "pipeline stage"));
  const pipeline = await span((one) => fits(one, "pipeline"));
  expect(stage.values["strategy_engine.stage"]).toBe("syntax_check");
  expect(stage.parent).toBe(pipeline.id);
  expect(pipeline.status.message).toBe(stage.status.message);
});
