// docs/scaling.md says what the pieces in test/proofs/cluster.ndjson come to, and nothing else.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type ClusterPiece, tableOf } from "../../support/cluster/report.ts";
import { faultsOf } from "../../support/cluster/verdict.ts";
import { kept } from "../../support/proofs.ts";

const DOCUMENT = fileURLToPath(new URL("../../../../../docs/scaling.md", import.meta.url));
const pieces = kept("cluster") as readonly ClusterPiece[];

it("the document shows the sum of all pieces", () => {
  expect(pieces.length).toBeGreaterThan(0);
  const told = readFileSync(DOCUMENT, "utf8");
  for (const line of tableOf(pieces)) expect(told).toContain(line);
});

it("a piece tells every fault that its figures show", () => {
  for (const { verdict, faults } of pieces) expect(faults).toEqual(expect.arrayContaining([...faultsOf(verdict)]));
});

it("a fault of a kind shows in words", () => {
  const [piece] = pieces;
  if (piece === undefined) throw new Error("there is no piece");
  const clean = { ...piece.verdict, lost: 0, doubled: 0, signalsLost: 0, signalsDoubled: 0, signalsStrange: 0 };
  const good = { ...clean, unheard: 0, outOfOrder: 0 };
  expect(faultsOf(good)).toEqual([]);
  for (const kind of ["lost", "doubled", "signalsLost", "signalsDoubled", "signalsStrange", "unheard", "outOfOrder"]) {
    expect(faultsOf({ ...good, [kind]: 3 })).toHaveLength(1);
  }
});
