// Questions over the page, each as somebody without a mouse meets it: opened by the keyboard, which stays inside and comes
// back to where it was; accessible in both colours and on a phone. One engine, one page.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityFaults } from "../../support/dashboard/accessible.ts";
import { inBrowser, openPage, type OpenPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

const CODE = "class Quiet:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
const BROKEN = "class Broken:\n    def generate_signal(self, market_data):\n        return 1 +\n";

/** A pipeline that has passed its stages and waits for somebody. */
async function waitingPipeline(engine: EngineProcess): Promise<string> {
  const made = await engine.ask("POST", "/strategies", { strategy_name: "quiet", code: CODE });
  const path = `/strategies/${String(made.body["strategy_id"])}/deploy`;
  const begun = await engine.ask("POST", path, { deployment_type: "direct", approval_required: true });
  const id = String(begun.body["pipeline_id"]);
  const status = async () => (await engine.get(`/deployments/${id}/status`))["status"];
  await eventually(status, (now) => now === "awaiting_approval", 240_000);
  return id;
}

const focused = (page: Page) => page.evaluate<string>("document.activeElement.textContent");
const inside = (page: Page) => page.evaluate<boolean>("document.activeElement.closest('dialog') !== null");

/** Opens the question by the keyboard, looks at it from all sides, and leaves it by Escape. */
async function looksAt(page: Page, opener: Locator, says: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 900 });
  await opener.focus();
  const name = await focused(page);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText(says).waitFor();
  const reached = new Set<string>();
  for (const key of ["Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"]) {
    await page.keyboard.press(key);
    expect(await inside(page)).toBe(true);
    reached.add(await focused(page));
  }
  expect(reached).toEqual(new Set(["Back", name]));
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    for (const colours of ["dark", "light"]) {
      await page.evaluate(`document.documentElement.dataset.theme = "${colours}"`);
      expect(await accessibilityFaults(page), `${colours}, ${width} px`).toEqual([]);
    }
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => focused(page)).toBe(name);
}

describe("a question over the page", () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-dialogs-"));
  let engine: EngineProcess;
  let opened: OpenPage;
  let pipeline: string;

  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: folder });
    opened = await openPage(engine.url);
    pipeline = await waitingPipeline(engine);
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const status = async () => (await engine.get(`/deployments/${pipeline}/status`))["status"];
  const button = (name: string) => opened.page.getByRole("main").getByRole("button", { name, exact: true });

  it("asks before the emergency stop, and holds the keyboard until it is answered", async () => {
    const { page, complaints } = opened;
    await looksAt(page, page.getByRole("button", { name: "Emergency stop" }), "Every execution ends at once");
    expect((await engine.get("/health"))["emergency_stop"]).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("asks before a version is approved or rejected, and does neither when it is left", async () => {
    const { page, complaints } = opened;
    await page.evaluate(`location.hash = "#/pipelines/${pipeline}"`);
    await looksAt(page, button("Approve"), "comes into force (direct): what runs trades by it.");
    await looksAt(page, button("Reject"), "what is in force stays");
    expect(await status()).toBe("awaiting_approval");
    expect(complaints).toEqual([]);
  });

  it("asks before a failed deployment is tried again, and then leads to the new one", async () => {
    const { page, complaints } = opened;
    await button("Reject").click();
    await page.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
    await looksAt(page, button("Try again"), "is tried once more from the stage that failed");
    expect((await engine.get("/deployments"))["count"]).toBe(1);
    await button("Try again").click();
    await page.getByRole("dialog").getByRole("button", { name: "Try again" }).click();
    await page.waitForURL(({ hash }) => hash.startsWith("#/pipelines/pipe_") && !hash.endsWith(pipeline));
    expect((await engine.get("/deployments"))["count"]).toBe(2);
    expect(complaints).toEqual([]);
  });

  it("is none where code has faults: they are told with the code, line by line", async () => {
    const { page, complaints } = opened;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.evaluate("location.hash = '#/editor'");
    const code = page.getByRole("textbox", { name: "Code" });
    await code.fill(BROKEN);
    await page.getByRole("button", { name: "syntax check" }).click();
    await page.getByText("the code has faults").waitFor();
    expect(await code.getAttribute("aria-invalid")).toBe("true");
    const described = await page.evaluate<string>(
      "document.getElementById(document.querySelector('textarea').getAttribute('aria-describedby')).textContent",
    );
    expect(described).toMatch(/line 3/);
    for (const colours of ["dark", "light"]) {
      await page.evaluate(`document.documentElement.dataset.theme = "${colours}"`);
      expect(await accessibilityFaults(page), colours).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  it("asks before the emergency stop, shows that it is latched, and lifts it", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Emergency stop" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("no signal leaves until the stop is lifted").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Emergency stop");
    expect((await engine.get("/risk/status"))["emergency_stop"]).toBe(false);
    await page.getByRole("button", { name: "Emergency stop" }).click();
    await dialog.getByRole("button", { name: "Emergency stop" }).click();
    await page.getByText("EMERGENCY STOP: 0 executions stopped").waitFor();
    expect((await engine.get("/risk/status"))["emergency_stop"]).toBe(true);
    await page.getByRole("button", { name: "Lift the stop" }).click();
    await dialog.getByRole("button", { name: "Lift the stop" }).click();
    await page.getByRole("button", { name: "Emergency stop" }).waitFor();
    expect((await engine.get("/risk/status"))["emergency_stop"]).toBe(false);
    // Another one, which somebody else has pressed: how many it has ended is not known here.
    await engine.ask("POST", "/risk/emergency-stop", { reason: "elsewhere" });
    await page.getByText("EMERGENCY STOP", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Lift the stop" }).click();
    await dialog.getByRole("button", { name: "Lift the stop" }).click();
    await page.getByRole("button", { name: "Emergency stop" }).click();
    await dialog.getByRole("button", { name: "Emergency stop" }).click();
    await page.getByText("EMERGENCY STOP: 0 executions stopped").waitFor();
    // Nor of one on top of one's own, which nobody has lifted in between.
    await engine.ask("POST", "/risk/emergency-stop", { reason: "elsewhere" });
    await page.getByText("EMERGENCY STOP", { exact: true }).waitFor();
  });
});
