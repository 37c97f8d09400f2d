// The examples that the fuzzer of decoders kept (npm run fuzz -- decoders --keep), each tried again: every target has some,
// and none of them is a fault. That the fuzzer finds faults at all is shown on a decoder that has them.
import { expect, it } from "vitest";
import { runBatch, tryOne } from "../support/fuzz/decoders/batch.ts";
import { corpusOf } from "../support/fuzz/decoders/corpus.ts";
import { fault, textsOf, type Target } from "../support/fuzz/decoders/target.ts";
import { TARGETS } from "../support/fuzz/decoders/targets.ts";

it.each(TARGETS.map((target) => [target.name, target] as const))(
  "%s: what was kept is no fault",
  async (name, target) => {
    const kept = corpusOf(name);
    expect(kept.length).toBeGreaterThan(0);
    const trial = target.open();
    for (const input of [...target.seeds, ...kept]) {
      const { fault: found } = await tryOne(trial, input);
      expect([found, Buffer.from(input).toString("hex")]).toEqual([null, Buffer.from(input).toString("hex")]);
    }
    trial.close?.();
  },
);

const PLAIN = { files: [], weight: 1, batch: 400, seeds: textsOf("abc"), words: textsOf("x") } as const;

it("a decoder that throws or changes a prototype is a fault, and the same batch finds it again", async () => {
  const throwing: Target = {
    ...PLAIN,
    name: "throwing",
    open: () => ({ run: (input) => (input.includes(0x78) ? fault("an x") : "fine") }),
  };
  const found = await runBatch(throwing, { seed: 1, batch: 3 });
  expect(found.faults[0]?.what).toContain("an x");
  const again = await runBatch(throwing, { seed: 1, batch: 3 });
  const inputs = ({ faults }: typeof found) => faults.map(({ index, hex }) => [index, hex]);
  expect(inputs(again)).toEqual(inputs(found));
  expect(inputs(await runBatch(throwing, { seed: 2, batch: 3 }))).not.toEqual(inputs(found));

  const polluting: Target = {
    ...PLAIN,
    name: "polluting",
    batch: 2,
    open: () => ({
      run: () => {
        Object.assign(Object.prototype, { polluted: true });
        return "fine";
      },
    }),
  };
  try {
    expect((await runBatch(polluting, { seed: 1, batch: 0 })).faults[0]?.what).toContain("polluted");
  } finally {
    Reflect.deleteProperty(Object.prototype, "polluted");
  }
});
