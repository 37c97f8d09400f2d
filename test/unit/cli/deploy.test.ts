import { describe, expect, it } from "vitest";
import { isFinal, restMs } from "../../../src/cli/project/deploy.ts";
import type { RestFailure } from "../../../src/client/client.ts";

function refused(status: number, retryAfter: number | null = null): RestFailure {
  return { code: "refused", status, error: "x", message: "", details: [], requestId: null, retryAfter };
}
const unreachable: RestFailure = { code: "unreachable", message: "" };

describe("following a pipeline", () => {
  it("asks often at first and once a second later, so that a long one costs few requests", () => {
    expect([0, 2_999, 3_000, 60_000].map((since) => restMs(null, since))).toEqual([200, 200, 1_000, 1_000]);
    expect(restMs(unreachable, 10_000)).toBe(1_000);
  });

  it("waits as long as the engine wants where it asked too often, which is not the end", () => {
    expect(restMs(refused(429, 12), 0)).toBe(12_000);
    expect(restMs(refused(429), 0)).toBe(1_000);
    expect(restMs(refused(503, 12), 0)).toBe(200);
    expect([refused(429, 12), refused(503), unreachable, refused(404), refused(401)].map(isFinal)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});
