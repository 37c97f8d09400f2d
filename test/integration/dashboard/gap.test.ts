// What becomes of signals that come while the page's connection is gone: a real server and a real browser, and between them
// a proxy that cuts.
import { describe, expect, it, onTestFinished } from "vitest";
import type { Page } from "playwright-core";
import { inBrowser, openPage } from "../../support/dashboard/browser-page.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { startServer } from "../../support/server/start.ts";
import { approvedBuys } from "../../support/signals.ts";
import { LIMITS } from "../../../src/domain/live-protocol.ts";
import type { Live } from "../../../src/server/live/live.ts";

inBrowser();

/** A symbol for each signal, so that the page tells which of them it has. */
const SYMBOLS = Array.from({ length: 400 }, (_, number) => nameOf(number));
const AT_ONCE = 10;

function nameOf(number: number): string {
  return `SIG${String(number).padStart(4, "0")}`;
}

/** Newest first, as the page lists them. */
function down(to: number): readonly string[] {
  return SYMBOLS.slice(0, to).reverse();
}

/** Signals `first` to `end` - 1, in pieces, as cycles would. */
async function publish(live: Live, first: number, end: number): Promise<void> {
  for (let next = first; next < end; next += AT_ONCE) {
    live.onApproved(approvedBuys(next, Math.min(AT_ONCE, end - next), SYMBOLS));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function opened() {
  const { live, port } = startServer();
  const proxy = await FaultProxy.create({ port, host: "127.0.0.1" });
  onTestFinished(() => proxy.close());
  const { page, complaints } = await openPage(`http://127.0.0.1:${proxy.port}/#/signals`);
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  return { live, proxy, page, complaints };
}

/** All that the page has, read at one moment. */
function listed(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    for (;;) {
      const more = [...document.querySelectorAll(".more button")].at(-1);
      if (more === undefined) break;
      return (more.click(), null);
    }
    return [...document.querySelectorAll("[aria-label=Signals] td[data-head=Symbol]")].map((cell) => cell.textContent);
  })()`);
}

function shows(page: Page, wanted: readonly string[]) {
  return expect.poll(() => listed(page)).toEqual(wanted);
}

describe("signals that come while the page is cut off", () => {
  it("are not shown, and the page says so; with the next connection each is there once and in its place", async () => {
    const { live, proxy, page, complaints } = await opened();
    await publish(live, 0, 40);
    await shows(page, down(40));
    await proxy.refuse();
    await page.getByRole("alert").getByText("No connection to the engine since").waitFor();
    await page
      .getByRole("status")
      .getByText("not connected")
      .or(page.getByText("connecting", { exact: true }))
      .waitFor();
    await publish(live, 40, 150);
    expect(await listed(page)).toEqual(down(40));
    await proxy.accept();
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    await shows(page, down(150));
    // Behind them it goes on as if nothing had been.
    await publish(live, 150, 170);
    await shows(page, down(170));
    expect(await page.getByText(/lost and cannot be had any more|started again/).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("are all there once when the connection breaks again and again in the middle of one", async () => {
    const { live, proxy, page, complaints } = await opened();
    const cuts = 4;
    for (let cut = 0; cut < cuts; cut++) {
      const first = 50 * cut;
      await expect.poll(() => listed(page).then((list) => list?.length ?? 0)).toBe(first);
      proxy.cutInsideMessage(nameOf(first + 25));
      await publish(live, first, first + 50);
      await expect.poll(() => proxy.cutInside).toBe(cut + 1);
    }
    await shows(page, down(50 * cuts));
    expect(await page.getByText(/cannot be had any more/).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("are counted as lost where there were more than the engine keeps, and what it has left is shown", async () => {
    const { live, proxy, page, complaints } = await opened();
    await publish(live, 0, 20);
    await shows(page, down(20));
    await proxy.refuse();
    await page.getByRole("alert").getByText("No connection to the engine since").waitFor();
    const kept = LIMITS.replay_events;
    const gone = 123;
    await publish(live, 20, 20 + gone + kept);
    await proxy.accept();
    await page.getByText(`${gone} events were lost and cannot be had any more.`).waitFor();
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.getByText("cannot be had any more").waitFor({ state: "detached" });
    const newest = nameOf((20 + gone + kept - 1) % SYMBOLS.length);
    await page
      .getByRole("region", { name: "Signals", exact: true })
      .getByRole("link")
      .first()
      .getByText(newest)
      .waitFor();
    expect(complaints).toEqual([]);
  });
});
