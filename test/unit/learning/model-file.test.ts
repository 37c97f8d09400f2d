import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeModel, encodeModel, INPUTS, type Model, modelHash } from "../../../src/learning/models.ts";
import { Random } from "../../support/random.ts";

const TRADING = { enter: 0.55, barMs: 60_000, stopRanges: 1.5, targetRanges: 2, bars: 12 };

function models(seed: number): readonly Model[] {
  const random = new Random(seed);
  const list = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
  const words = Uint32Array.from({ length: 21 }, () => random.integer(2 * INPUTS.length));
  const trees = {
    kind: "trees",
    depth: 3,
    base: random.normal(),
    thresholds: list(21),
    words,
    leaves: list(24),
  } as const;
  return [
    { weights: { kind: "logistic", values: list(3 * INPUTS.length + 1) }, ...TRADING },
    { weights: trees, ...TRADING },
    { weights: { ...trees, thresholds: list(0), words: new Uint32Array(0), leaves: list(0) }, ...TRADING },
  ];
}
/** The file with its checksum made anew: what somebody would do who means it. */
function sealed(bytes: Uint8Array): Uint8Array {
  const whole = bytes.subarray(0, bytes.length - 32);
  return Buffer.concat([whole, createHash("sha256").update(whole).digest()]);
}
function changed(model: Model, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(encodeModel(model));
  return sealed(Buffer.from(bytes.toString("latin1").replace(from, to.padEnd(from.length)), "latin1"));
}

describe("a model file", () => {
  it("reads back as the model it was made of, and is made the same each time", () => {
    for (const model of models(1)) {
      expect(decodeModel(encodeModel(model))).toEqual({ ok: true, value: model });
      expect(modelHash(encodeModel(model))).toBe(modelHash(encodeModel(structuredClone(model))));
    }
  });

  it("is refused wherever a byte was changed or the end is missing", () => {
    for (const model of models(2)) {
      const bytes = encodeModel(model);
      for (let place = 0; place < bytes.length; place++) {
        const other = bytes.slice();
        other[place] = (other[place] ?? 0) ^ 0x10;
        expect(decodeModel(other).ok).toBe(false);
        expect(decodeModel(bytes.slice(0, place)).ok).toBe(false);
      }
    }
  });

  it("of another program, of other inputs or with senseless trees is refused though its checksum is right", () => {
    const [logistic, trees] = models(3);
    if (!logistic || !trees) throw new Error("two models");
    const why = (bytes: Uint8Array): unknown => decodeModel(bytes);
    expect(why(sealed(changed(logistic, "SEMODEL1", "PKMODEL1")))).toMatchObject({
      failure: "is not a model of this program",
    });
    expect(why(changed(logistic, "rsi_14", "rsi_15"))).toMatchObject({ failure: "was trained on other inputs" });
    expect(why(changed(trees, '"depth":3', '"depth":9'))).toMatchObject({ failure: "has trees of no sensible size" });
    expect(why(changed(trees, '"trees":3', '"trees":2'))).toMatchObject({ ok: false });
    expect(why(changed(trees, '"enter":0.55', '"enter":-0.5'))).toMatchObject({ failure: "trades in no sensible way" });
    expect(why(changed(trees, '"kind":"trees"', '"kind":"rules"'))).toMatchObject({ ok: false });
    expect(why(new Uint8Array(0))).toMatchObject({ ok: false });
  });

  it("with a node that asks for an input that there is not, or a number that is none, is refused", () => {
    const [logistic, trees] = models(4);
    if (trees?.weights.kind !== "trees" || logistic?.weights.kind !== "logistic") throw new Error("two models");
    for (const asked of [2 * INPUTS.length, 0x80000000, 0xffffffff]) {
      const words = trees.weights.words.map((word, node) => (node === 2 ? asked : word));
      expect(decodeModel(encodeModel({ ...trees, weights: { ...trees.weights, words } })).ok).toBe(false);
    }
    const values = logistic.weights.values.map((value, place) => (place === 4 ? Number.NaN : value));
    expect(decodeModel(encodeModel({ ...logistic, weights: { kind: "logistic", values } })).ok).toBe(false);
  });
});
