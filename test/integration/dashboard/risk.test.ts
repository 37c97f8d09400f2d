// The page of risk as a person uses it: an order is tried and a limit set for a strategy by its name, for nobody knows ids by
// heart. What is said of an order is said of the one that stands in the form.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityFaults } from "../../support/dashboard/accessible.ts";
import { inBrowser, openPage, type OpenPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";

inBrowser();

const CODE = "class Quiet:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
const NAME = "Night owl";
/** Of one unit, at the last price. */
const ORDER = { Symbol: "OWLUSD", Quantity: "1", Price: "" };

describe("the page of risk", () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-risk-"));
  const ids: string[] = [];
  let engine: EngineProcess;
  let opened: OpenPage;

  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "off" });
    for (const name of [NAME, "Wren", "Wren"]) {
      const made = await engine.ask("POST", "/strategies", { strategy_name: name, code: CODE });
      ids.push(String(made.body["strategy_id"]));
    }
    await engine.post(JSON.stringify({ market_data: { symbol: "OWLUSD", price: 100, volume: 1 } }));
    opened = await openPage(`${engine.url}/#/risk`);
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const panel = () => opened.page.getByRole("region", { name: "Would an order pass?" });
  const told = () => panel().getByRole("status");

  /** What it says to an order that differs from the one before in these fields. */
  async function ask(fields: Readonly<Record<string, string>>): Promise<string> {
    for (const [label, text] of Object.entries(fields)) await panel().getByLabel(label).fill(text);
    expect(await told().count(), "what was said of another order is gone").toBe(0);
    await panel().getByRole("button", { name: "Ask" }).click();
    return told().innerText();
  }

  it("takes a strategy by its name and by its id, and says what the limits say", async () => {
    const { page, complaints } = opened;
    expect(await ask({ ...ORDER, Strategy: ` ${NAME} `, Symbol: " OWLUSD " })).toBe("would pass");
    expect(await ask({ Strategy: ids[0] ?? "" })).toBe("would pass");
    expect(await ask({ Strategy: NAME, Quantity: "1000000" })).toMatch(/^would be refused .*buying power/);
    expect(await ask({ Quantity: "1", Price: "200" })).toMatch(/^would be refused .*price_collar_bps/);
    expect(await ask({ Price: "" })).toBe("would pass");
    for (const colours of ["dark", "light"]) {
      await page.evaluate(`document.documentElement.dataset.theme = "${colours}"`);
      expect(await accessibilityFaults(page), colours).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  it("says who is meant where a name does not say it, and asks nothing in the place of somebody", async () => {
    const { page } = opened;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const [, first = "", second = ""] = ids;
    const two = await ask({ ...ORDER, Strategy: "Wren" });
    expect(two).toContain('2 strategies are called "Wren"');
    expect([two.includes(first), two.includes(second)]).toEqual([true, true]);
    expect(await ask({ Strategy: "night OWL" })).toBe(`no strategy is called "night OWL"; alike: "${NAME}"`);
    expect(await ask({ Strategy: "Robin" })).toBe('no strategy is called "Robin"');
    expect(await ask({ Strategy: "" })).toBe("say which strategy, by its name or its id");
    expect(asked).not.toContain("/risk/check");
    expect(await ask({ Strategy: first })).toBe("would pass");
    expect(await ask({ Strategy: "strat_nobody000000" })).toMatch(/^strategy strat_nobody000000 does not exist/);
  });

  it("limits a strategy by its name, and nobody where no strategy is called so", async () => {
    const { page, complaints } = opened;
    await page.getByRole("button", { name: "Add a limit" }).click();
    const form = page.getByRole("form", { name: "A limit" });
    await form.getByRole("combobox", { name: "Of", exact: true }).selectOption("strategy");
    await form.getByLabel("Limit", { exact: true }).fill("5000");
    const save = async (name: string): Promise<void> => {
      await form.getByLabel("Which strategy (each when empty)").fill(name);
      await form.getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    };
    await save("Robin");
    await form.getByRole("alert").getByText('no strategy is called "Robin"', { exact: true }).waitFor();
    const set = async () => {
      const { limits } = (await engine.get("/risk/limits")) as { limits: readonly Record<string, unknown>[] };
      return limits.filter(({ scope, name }) => scope === "strategy" && name !== undefined);
    };
    expect(await set()).toEqual([]);
    await save(NAME);
    await page.getByRole("region", { name: "Limits", exact: true }).getByRole("link", { name: NAME }).waitFor();
    expect(await set()).toMatchObject([{ name: ids[0], metric: "gross_exposure", limit: 5_000 }]);
    expect(await ask({ ...ORDER, Strategy: NAME, Quantity: "51" })).toMatch(/^would be refused gross_exposure/);
    expect(complaints).toEqual([]);
  });

  it("says once what the engine does not take", async () => {
    expect(await ask({ ...ORDER, Strategy: NAME, Quantity: "-1" })).toBe(
      "quantity must be a positive finite number, found -1",
    );
    expect(await ask({ Quantity: "0", Symbol: "?" })).toMatch(
      /^symbol must be .*, found "\?" \(quantity: must be [^;]*\)$/,
    );
  });
});
