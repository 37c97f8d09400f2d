// The emergency stop while the engine cannot take it everywhere, and with any words or none.
import { expect, it } from "vitest";
import type { Failure } from "../../../src/domain/failure.ts";
import { failed, ok } from "../../../src/domain/result.ts";
import { faultsOf } from "../../../src/server/contract/check.ts";
import { emergencyStop, resumeRisk } from "../../../src/server/contract/risk.ts";
import type { Engine } from "../../../src/server/engine.ts";
import type { Router } from "../../../src/server/router.ts";
import { riskRoutes } from "../../../src/server/routes/risk.ts";

/** The routes of risk over an engine that answers every stop and resume with this; `kept`: what the store is given. */
function routes(answer: unknown, recorded = true) {
  const kept: unknown[] = [];
  const given: string[] = [];
  const take = (reason: string): unknown => {
    given.push(reason);
    return answer;
  };
  const keepStop = (...what: unknown[]) => Promise.resolve(kept.push(what) > 0 && recorded);
  const engine = { emergencyStop: take, resume: take, manage: { risk: { stopped: true, keepStop } } };
  const handlers = new Map<unknown, (request: unknown) => unknown>();
  const router = {
    route: (endpoint: unknown, handler: (request: unknown) => unknown) => handlers.set(endpoint, handler),
    reply: () => undefined,
  };
  riskRoutes(router as unknown as Router, engine as unknown as Engine);
  const head = { caller: { id: "me" } };
  return { kept, given, ask: (endpoint: unknown, body: unknown) => handlers.get(endpoint)?.({ body, head }) };
}

it("is kept in the store also where the event ring has no room for it, and its caller is told to ask again", async () => {
  const full: Failure = { code: "overloaded", what: "the event ring" };
  const { kept, ask } = routes(failed(full));
  const answer = await ask(emergencyStop, { reason: "outage" });
  expect(kept).toEqual([[true, "outage", "me"]]);
  expect(answer).toEqual(failed(full));
});

it("is answered with a word more where a restart would not find it, and so is its end", async () => {
  const { ask } = routes(ok({ executionsStopped: 2 }), false);
  const stopped = { status: "emergency_stopped", executions_stopped: 2, recorded: false };
  expect(await ask(emergencyStop, { reason: "outage" })).toEqual(ok(stopped));
  expect(await ask(resumeRisk, { reason: "over" })).toEqual(ok({ status: "resumed", recorded: false }));
});

it("is never refused for its reason: of a long one the first 512 characters are kept, null is none", async () => {
  const half = "\u{1f6d1}".repeat(600);
  const cases: readonly [said: string | null, kept: string][] = [
    [null, ""],
    ["", ""],
    ["x".repeat(600), "x".repeat(512)],
    [half, "\u{1f6d1}".repeat(512)],
    [`x${half}`, `x${"\u{1f6d1}".repeat(511)}`],
    ["y".repeat(1_000_000), "y".repeat(512)],
  ];
  for (const [said, expected] of cases) {
    for (const [endpoint, on] of [
      [emergencyStop, true],
      [resumeRisk, false],
    ] as const) {
      if (endpoint.body === null) throw new Error("it has a body");
      expect(faultsOf(endpoint.body, { reason: said })).toEqual([]);
      const { kept, given, ask } = routes(ok({ executionsStopped: 0 }));
      expect(await ask(endpoint, { reason: said })).toMatchObject({ ok: true });
      expect([given, kept]).toEqual([[expected], [[on, expected, "me"]]]);
    }
  }
});
