import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageOfChosen, pageOfList, pageOfRanked } from "../../../src/server/list-page.ts";

interface Item {
  readonly name: string;
  readonly wanted: boolean;
}
const nameOf = ({ name }: Item): string => name;
const read = (all: readonly Item[], limit: number, cursor: string | null) => {
  const shown = all.filter(({ wanted }) => wanted);
  const page = pageOfChosen({ limit, ...(cursor === null ? {} : { cursor }) }, { all, shown, nameOf });
  if (!page.ok) throw new Error(JSON.stringify(page.failure));
  return page.value;
};

describe("pages of a list that changes", () => {
  it("are newest first, and the last one has no cursor", () => {
    const all = ["a", "b", "c", "d", "e"].map((name) => ({ name, wanted: name !== "c" }));
    const first = read(all, 2, null);
    expect(first.items.map(nameOf)).toEqual(["e", "d"]);
    const second = read(all, 2, first.nextCursor);
    expect(second).toEqual({ items: [all[1], all[0]], nextCursor: null });
  });

  it("show what is wanted all the time exactly once, whatever comes, goes, or is wanted no longer meanwhile", () => {
    const change = fc.record({
      kind: fc.constantFrom("comes", "goes", "turns"),
      at: fc.nat(30),
    });
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (begin, changes, limit) => {
          const all: Item[] = begin.map((wanted, index) => ({ name: `item ${index}`, wanted }));
          const steady = new Set(all.filter(({ wanted }) => wanted).map(nameOf));
          const shown: string[] = [];
          let { items, nextCursor } = read(all, limit, null);
          for (let page = 0; ; page++) {
            shown.push(...items.map(nameOf));
            if (nextCursor === null) break;
            for (const { kind, at } of changes[page] ?? []) {
              const place = at % all.length;
              const item = all[place]!;
              if (kind === "comes") all.push({ name: `item ${all.length} of ${page}`, wanted: true });
              else if (kind === "turns") all[place] = { ...item, wanted: !item.wanted };
              // The one that was shown last may be wanted no longer, but it is still known.
              else if (item.name !== shown.at(-1)) all.splice(place, 1);
              if (kind !== "comes") steady.delete(item.name);
            }
            ({ items, nextCursor } = read(all, limit, nextCursor));
          }
          const counts = [...steady].map((name) => shown.filter((one) => one === name).length);
          expect(counts).toEqual(counts.map(() => 1));
          expect(new Set(shown).size).toBe(shown.length);
        },
      ),
    );
  });

  it("go on behind the place of one that is gone", () => {
    const all = ["a", "b", "c", "d"].map((name) => ({ name, wanted: true }));
    const { nextCursor } = read(all, 2, null);
    expect(read([all[0]!, all[1]!, all[3]!], 2, nextCursor).items.map(nameOf)).toEqual(["b", "a"]);
  });

  it.each(["", "cy41MA", "%%%", Buffer.from("n.1").toString("base64url")])(
    "refuse the cursor %j of another list",
    (cursor) => {
      const chosen = { all: [], shown: [], nameOf };
      expect(pageOfChosen({ limit: 5, cursor }, chosen)).toMatchObject({ ok: false });
    },
  );
});

describe("pages of a list by ranks", () => {
  const ranked = (all: readonly number[], limit: number, cursor: string | null) => {
    const page = pageOfRanked({ limit, ...(cursor === null ? {} : { cursor }) }, all, (rank) => rank);
    if (!page.ok) throw new Error(JSON.stringify(page.failure));
    return page.value;
  };

  it("show what is there all the time exactly once, whatever comes and goes anywhere meanwhile", () => {
    const ranks = fc.uniqueArray(fc.nat(40), { maxLength: 20 });
    fc.assert(
      fc.property(
        ranks,
        fc.array(ranks, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (begin, changes, limit) => {
          let all = begin.toSorted((a, b) => a - b);
          let steady = all;
          const shown: number[] = [];
          let { items, nextCursor } = ranked(all, limit, null);
          for (let page = 0; ; page++) {
            shown.push(...items);
            if (nextCursor === null) break;
            // Each of them comes where it is not, and goes where it is.
            const turned = new Set(changes[page]);
            const came = [...turned].filter((rank) => !all.includes(rank));
            all = [...all.filter((rank) => !turned.has(rank)), ...came].toSorted((a, b) => a - b);
            steady = steady.filter((rank) => !turned.has(rank));
            ({ items, nextCursor } = ranked(all, limit, nextCursor));
          }
          expect(shown).toEqual([...new Set(shown)].toSorted((a, b) => b - a));
          expect(steady.filter((rank) => !shown.includes(rank))).toEqual([]);
        },
      ),
    );
  });

  it("refuse the cursor of another list", () => {
    expect(pageOfRanked({ limit: 5, cursor: "%%%" }, [1], (rank) => rank)).toMatchObject({ ok: false });
  });
});

it("a list to which things are only added goes on where the page before ended", () => {
  const all = ["a", "b", "c"];
  const first = pageOfList({ limit: 2 }, all);
  expect(first).toMatchObject({ ok: true, value: { items: ["c", "b"] } });
  const cursor = first.ok ? first.value.nextCursor! : "";
  expect(pageOfList({ limit: 2, cursor }, [...all, "d"])).toEqual({
    ok: true,
    value: { items: ["a"], nextCursor: null },
  });
});
