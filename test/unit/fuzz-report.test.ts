// docs/reliability.md says what the pieces of both fuzzers in test/proofs come to, and nothing else.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import * as decoders from "../support/fuzz/decoders/report.ts";
import * as requests from "../support/fuzz/report.ts";
import { freshSeed, kept } from "../support/proofs.ts";

const told = readFileSync(fileURLToPath(new URL("../../../../docs/reliability.md", import.meta.url)), "utf8");

it("the document shows the sum of all pieces", () => {
  const ofDecoders = kept("fuzz-decoders") as readonly decoders.DecodersPiece[];
  const ofRequests = kept("fuzz-requests") as readonly requests.RequestsPiece[];
  expect(ofDecoders.length).toBeGreaterThan(0);
  expect(ofRequests.length).toBeGreaterThan(0);
  for (const line of decoders.tableOf(ofDecoders)) expect(told).toContain(line);
  for (const line of requests.tableOf(ofRequests)) expect(told).toContain(line);
});

it("no seed counts twice", () => {
  for (const proof of ["fuzz-decoders", "fuzz-requests"]) {
    const seeds = (kept(proof) as readonly decoders.DecodersPiece[]).map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(seeds.length);
  }
  const [piece] = kept("fuzz-decoders") as readonly decoders.DecodersPiece[];
  if (piece === undefined) throw new Error("there is no piece");
  expect(
    freshSeed(
      [
        { ...piece, seed: 7 },
        { ...piece, seed: 8 },
      ],
      7,
    ),
  ).toBe(9);
});

it("cases and faults of pieces add up; of what is no count the greatest is told", () => {
  const [piece] = kept("fuzz-decoders") as readonly decoders.DecodersPiece[];
  if (piece === undefined) throw new Error("there is no piece");
  const one = { name: "x", cases: 1_500, faults: [], kinds: 4, covered: 50, cpuMs: 500, slowestMs: 7, memoryMib: 90 };
  const other = { ...one, cases: 500, faults: ["bad"], kinds: 9, covered: null, slowestMs: 3 };
  const pieces = [
    { ...piece, seed: 1, decoders: [one] },
    { ...piece, seed: 2, decoders: [other] },
  ];
  const cells = (decoders.tableOf(pieces)[2] ?? "").split("|").map((cell) => cell.trim());
  expect(cells.slice(1, -1)).toEqual(["x", "2,000", "2,000", "1", "9", "50.0 %", "7 ms", "90 MiB"]);
  expect(decoders.casesOf(pieces)).toBe(2_000);
  expect(decoders.faultsOf(pieces)).toEqual(["x, seed 2, bad"]);
});
