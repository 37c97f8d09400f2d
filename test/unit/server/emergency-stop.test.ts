// The emergency stop while the engine cannot take it everywhere.
import { expect, it } from "vitest";
import type { Failure } from "../../../src/domain/failure.ts";
import { failed } from "../../../src/domain/result.ts";
import { emergencyStop } from "../../../src/server/contract/risk.ts";
import type { Engine } from "../../../src/server/engine.ts";
import type { Router } from "../../../src/server/router.ts";
import { riskRoutes } from "../../../src/server/routes/risk.ts";

it("is kept in the store also where the event ring has no room for it, and its caller is told to ask again", async () => {
  const full: Failure = { code: "overloaded", what: "the event ring" };
  const kept: unknown[] = [];
  const engine = {
    emergencyStop: () => failed(full),
    manage: { risk: { keepStop: (...given: unknown[]) => Promise.resolve(kept.push(given)) } },
  } as unknown as Engine;
  const handlers = new Map<unknown, (request: unknown) => unknown>();
  const router = {
    route: (endpoint: unknown, handler: (request: unknown) => unknown) => handlers.set(endpoint, handler),
    reply: () => undefined,
  } as unknown as Router;
  riskRoutes(router, engine);
  const answer = await handlers.get(emergencyStop)?.({ body: { reason: "outage" }, head: { caller: { id: "me" } } });
  expect(kept).toEqual([[true, "outage", "me"]]);
  expect(answer).toEqual(failed(full));
});
