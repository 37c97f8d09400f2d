import { expect, it } from "vitest";
import { SignalArchive } from "../../../src/stream/sinks/archive.ts";
import { approve, approvedBuys, buySignal, exitSignal } from "../../support/signals.ts";
import type { SignalQuery } from "../../../src/domain/signal-query.ts";

function ids(archive: SignalArchive, query: Partial<SignalQuery> = {}): readonly string[] {
  const page = archive.query({ limit: 500, ...query });
  if (!page.ok) throw new Error(page.failure);
  return page.value.signals.map(({ id }) => id);
}

it("keeps the last signals only, newest first", () => {
  const archive = new SignalArchive(10);
  archive.append(approvedBuys(1, 25));
  expect(archive.size).toBe(10);
  expect(ids(archive)).toEqual(
    approvedBuys(16, 10)
      .map(({ id }) => id)
      .reverse(),
  );
});

it("finds by every field of the query", () => {
  const archive = new SignalArchive();
  const base = 1_756_029_600_000_000;
  archive.append(
    approve([
      buySignal({ id: "a", symbol: "ETHUSD", clock: base }),
      buySignal({
        id: "b",
        type: "spread_adjuster",
        strategy: "spread_adjuster",
        family: "market_making",
        clock: base + 1_500_000,
      }),
      buySignal({ id: "c", tier: "tactical", confidence: 0.3, clock: base + 2_000_000 }),
      buySignal({ id: "d", strategyId: "strat_abc123", clock: base + 3_000_000 }),
    ]),
  );
  expect(ids(archive, { symbol: "ETHUSD" })).toEqual(["a"]);
  expect(ids(archive, { strategy: "spread_adjuster" })).toEqual(["b"]);
  expect(ids(archive, { strategy: "momentum" })).toEqual(["d", "c", "a"]);
  expect(ids(archive, { strategy: "momentum_rider" })).toEqual(["d", "c", "a"]);
  expect(ids(archive, { strategy: "strat_abc123" })).toEqual(["d"]);
  expect(ids(archive, { family: "market_making" })).toEqual(["b"]);
  expect(ids(archive, { tier: "tactical" })).toEqual(["c"]);
  expect(ids(archive, { minConfidence: 0.5 })).toEqual(["d", "b", "a"]);
  expect(ids(archive, { sinceS: 1_756_029_601, untilS: 1_756_029_602 })).toEqual(["c", "b"]);
  expect(ids(archive, { symbol: "ETHUSD", tier: "tactical" })).toEqual([]);
});

it("gives a cursor exactly while more is to come", () => {
  const archive = new SignalArchive();
  archive.append(approvedBuys(1, 4, ["AAA", "BBB"]));
  const page = archive.query({ limit: 2, symbol: "AAA" });
  expect(page).toMatchObject({ ok: true, value: { nextCursor: null } });
  const first = archive.query({ limit: 3 });
  const cursor = first.ok ? (first.value.nextCursor ?? "") : "";
  archive.append(approvedBuys(5, 4));
  expect(ids(archive, { cursor })).toEqual(approvedBuys(1, 1, ["BBB", "BBB"]).map(({ id }) => id));
});

it("goes on from a cursor in another run that holds the same signals", () => {
  const [before, after] = [new SignalArchive(), new SignalArchive()];
  before.append(approvedBuys(1, 10));
  after.append(approvedBuys(4, 20));
  const page = before.query({ limit: 4 });
  const cursor = page.ok ? (page.value.nextCursor ?? "") : "";
  expect(ids(after, { cursor })).toEqual(
    approvedBuys(4, 3)
      .map(({ id }) => id)
      .reverse(),
  );
});

it("tells signals of one event apart", () => {
  const archive = new SignalArchive();
  archive.append(approve(["sig_a", "sig_b", "sig_c"].map((id) => buySignal({ id, sequence: 7 }))));
  const page = archive.query({ limit: 2 });
  const cursor = page.ok ? (page.value.nextCursor ?? "") : "";
  expect(ids(archive, { cursor })).toEqual(["sig_a"]);
});

it("refuses what is no cursor", () => {
  const archive = new SignalArchive();
  for (const cursor of ["", "x", "....", Buffer.from("1.").toString("base64url")]) {
    expect(archive.query({ limit: 1, cursor }).ok).toBe(false);
  }
});

it("keeps neither exits nor, once there is a real one, demo signals", () => {
  const archive = new SignalArchive();
  const [demo, exit, real] = approve([buySignal({ id: "demo", demo: true }), exitSignal(), buySignal({ id: "real" })]);
  if (demo === undefined || exit === undefined || real === undefined) throw new Error("three were approved");
  archive.append([demo, exit]);
  expect(ids(archive)).toEqual(["demo"]);
  archive.append([real, demo]);
  expect(ids(archive)).toEqual(["real"]);
});
