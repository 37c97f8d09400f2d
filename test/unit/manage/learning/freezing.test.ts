// The switch that freezes learning, with a store that fails and with wishes that overtake each other.
import { expect, it } from "vitest";
import { failed } from "../../../../src/domain/result.ts";
import { Freezing } from "../../../../src/manage/learning/freezing.ts";
import { Audit } from "../../../../src/manage/oversight/oversight.ts";
import { learningStateTable } from "../../../../src/store/learning.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { opened } from "../../../support/store/store-files.ts";

async function stage() {
  const store = await opened({ file: null });
  let clock = 1;
  const now = (): number => clock++;
  const trail = new Audit(store, now, SILENT_LOG);
  await trail.load();
  const down = { is: false };
  const record: Audit["record"] = (...given) =>
    down.is ? Promise.resolve(failed({ code: "storage_unavailable" })) : trail.record(...given);
  const book = {
    frozen: false,
    freeze(frozen: boolean): void {
      this.frozen = frozen;
    },
  };
  const freezing = new Freezing({ audit: { record }, now, book, onFrozen: () => undefined });
  const stored = async () => (await learningStateTable.load(store))[0]?.value["frozen"] ?? false;
  return { freezing, book, down, stored };
}

it("is not answered as stored until it is: a freeze that the store refused is stored when it is asked for again", async () => {
  const { freezing, book, down, stored } = await stage();
  down.is = true;
  expect((await freezing.set(true, "ada")).ok).toBe(false);
  expect([book.frozen, await stored()]).toEqual([true, false]);
  expect((await freezing.set(true, "ada")).ok).toBe(false);
  down.is = false;
  expect((await freezing.set(true, "ada")).ok).toBe(true);
  expect([book.frozen, await stored()]).toEqual([true, true]);
});

it("is lifted by an unfreeze where only the memory was frozen", async () => {
  const { freezing, book, down, stored } = await stage();
  down.is = true;
  await freezing.set(true, "ada");
  down.is = false;
  expect((await freezing.set(false, "ada")).ok).toBe(true);
  expect([book.frozen, await stored()]).toEqual([false, false]);
});

it("stays on when it is asked for while an unfreeze still waits for the store", async () => {
  const { freezing, book, stored } = await stage();
  await freezing.set(true, "ada");
  const answers = await Promise.all([freezing.set(false, "ada"), freezing.set(true, "bob")]);
  expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
  expect([book.frozen, await stored()]).toEqual([true, true]);
});
