// GET /learning/application goes by strategy and symbol, so what comes meanwhile comes in between.
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { type Message, startEngine } from "../../support/manage/engine.ts";

it("shows each pair once, page by page, while symbols come between those that were shown", async () => {
  const engine = await startEngine();
  const trade = (...symbols: string[]) =>
    engine.ask("POST", "/api/strategy_engine/process_market_data", {
      market_data: symbols.map((symbol) => ({ symbol, price: 100, volume: 1 })),
    });
  const page = async (query: string): Promise<Message> => engine.get(`/learning/application?${query}`);
  const namesOf = ({ pairs }: Message): readonly string[] =>
    (pairs as Message[]).map(({ strategy_type: type, symbol }) => `${String(type)} ${String(symbol)}`);
  await trade("BTCUSD", "ETHUSD");
  const withPairs = (...symbols: string[]) =>
    eventually(
      async () => namesOf(await page("limit=500")),
      (names) => symbols.every((symbol) => names.some((name) => name.endsWith(symbol))),
    );
  const both = await withPairs("BTCUSD", "ETHUSD");
  const shown: string[] = [];
  let cursor: string | null = "";
  for (let number = 0; cursor !== null; number++) {
    const found = await page(`limit=7${cursor === "" ? "" : `&cursor=${cursor}`}`);
    shown.push(...namesOf(found));
    cursor = found["next_cursor"] as string | null;
    if (number > 1) continue;
    await trade(`NEW${number}A`, `NEW${number}B`);
    await withPairs(`NEW${number}A`, `NEW${number}B`);
  }
  expect(shown.filter((name) => !name.includes("NEW"))).toEqual(both);
  expect(new Set(shown).size).toBe(shown.length);
});
