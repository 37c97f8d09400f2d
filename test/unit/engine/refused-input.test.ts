// What is told of market data that a feed brought and the engine refused.
import { expect, it } from "vitest";
import { RefusedInput } from "../../../src/engine/refused-input.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

type Ingest = ReturnType<ConstructorParameters<typeof RefusedInput>[1]>;

it("is no trouble where a bad tick stands beside good ones, and one where nothing but bad ones come", () => {
  const redis = { trade: 0 };
  const ingest = { counters: { ingested: { redis } } } as unknown as Ingest;
  const refused = new RefusedInput(
    SILENT_LOG,
    () => ingest,
    () => 0,
  );
  const message = (accepted: number): void => {
    redis.trade += accepted;
    const batch = { accepted, rejected: 1, errors: [{ reason: "missing", message: "no price" }] };
    refused.note("redis", batch as unknown as Parameters<RefusedInput["note"]>[1], null);
  };
  message(99);
  message(99);
  expect(refused.troubles).toEqual([]);
  message(0);
  message(0);
  expect(refused.troubles).toEqual(["ingest: the last 2 by redis were refused: no price"]);
  redis.trade += 1;
  expect(refused.troubles).toEqual([]);
});
