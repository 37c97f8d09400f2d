// An engine behind a proxy that puts a path before its addresses: client, commands and page find it there; and the page
// where no WebSocket gets through.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createClient } from "../../src/client/client.ts";
import { BelowPath } from "../support/below-path.ts";
import { inBrowser, openPage } from "../support/dashboard/browser-page.ts";
import { CLI, EngineProcess } from "../support/engine-process.ts";

inBrowser();

const KEYS = "reader-key:read,writer-key:write";
const PATH = "/desk/engine";

let engine: EngineProcess;
let proxy: BelowPath;

beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", API_KEYS: KEYS });
  proxy = await BelowPath.open(PATH, engine.port);
});
afterAll(async () => {
  await proxy.close();
  await engine.stop();
});

it("the client asks, and hears, below the path of its address", async () => {
  for (const url of [proxy.url, `${proxy.url}/`]) {
    const client = createClient({ url, apiKey: "writer-key", WebSocket });
    expect(await client.rest.call("listStrategies", { query: { limit: 1 } })).toMatchObject({ ok: true });
    const live = client.live();
    const heard = live.subscribe("metrics", { snapshot: true })[Symbol.asyncIterator]();
    expect((await heard.next()).done).toBe(false);
    live.close();
  }
});

it("tail ends when the engine refuses one of its channels, although others would go on", async () => {
  const words = ["tail", "--url", proxy.url, "--api-key", "writer-key", "--symbols", ""];
  const child = spawn(process.execPath, [CLI, ...words], { stdio: ["ignore", "ignore", "pipe"], env: {} });
  onTestFinished(() => void child.kill("SIGKILL"));
  const told: Buffer[] = [];
  child.stderr.on("data", (bytes: Buffer) => told.push(bytes));
  const [code] = (await once(child, "close")) as [number | null];
  expect([code, Buffer.concat(told).toString()]).toEqual([1, expect.stringMatching(/symbols/) as unknown]);
});

it("the page is live below a path", async () => {
  const { page, complaints } = await openPage(`${proxy.url}/`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Key").fill("writer-key");
  await dialog.getByRole("button", { name: "Use this key" }).click();
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Emergency stop" }).waitFor();
  expect(complaints).toEqual([]);
});

it("a page whose WebSocket does not get through says so, and has its emergency stop", async () => {
  const deaf = await BelowPath.open(PATH, engine.port, false);
  onTestFinished(() => deaf.close());
  const { page } = await openPage(`${deaf.url}/`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Key").fill("writer-key");
  await dialog.getByRole("button", { name: "Use this key" }).click();
  await page.getByText("No live connection to the engine comes about").waitFor();
  await page.getByRole("button", { name: "Emergency stop" }).waitFor();
  await page.evaluate("location.hash = '#/risk'");
  await page.getByLabel("Quantity").fill("two");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText('the quantity has to be a number, and is "two"').waitFor();
  await page.getByLabel("Quantity").fill("2");
  await page.getByLabel("Price").fill("abc");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("the price has to be a number").waitFor();
});
