// The channel `metrics` of a real engine: its figures are those of what just happened.
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { Client } from "../support/server/client.ts";
import type { Message } from "../support/server/client.ts";

const BATCH = 1_000;
const UPDATES_MOST = 60;

it("each second tells the ticks and signals of that second, how long a pass took, and who is connected", async () => {
  const engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
  onTestFinished(() => engine.kill());
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  await client.ask({ op: "subscribe", id: 1, channel: "metrics", snapshot: true });
  const [first] = (await client.until("snapshot"))["data"] as readonly Message[];
  const json = await engine.get("/metrics");
  expect(first).toMatchObject(json);
  const ticks = Array.from({ length: BATCH }, (_, n) => ({ symbol: "BTCUSD", price: 50_000 * 1.001 ** (n % 40) }));
  const told = [await client.until("update")];
  const answer = await engine.post(JSON.stringify(ticks));
  expect(answer["processed"]).toBe(BATCH);
  const published = (await engine.get("/signals?limit=500"))["count"] as number;
  expect(published).toBeGreaterThan(0);
  const figures = ({ data }: Message): Message => data as Message;
  /** A rate is over the time since the one before, which is more than a second where the machine is busy. */
  const sum = (name: string) =>
    told.reduce((total, update, place) => {
      const seconds = (Number(update["ts"]) - Number(told[place - 1]?.["ts"] ?? update["ts"])) / 1_000;
      return total + Number(figures(update)[name]) * seconds;
    }, 0);
  while (sum("ticks_per_second") < BATCH / 2 || sum("signals_per_second") <= published / 2) {
    expect(told.length, `${sum("ticks_per_second")} ticks, ${sum("signals_per_second")} signals`).toBeLessThan(
      UPDATES_MOST,
    );
    told.push(await client.until("update"));
  }
  expect(sum("ticks_per_second")).toBeLessThan(BATCH * 2);
  expect(sum("signals_per_second")).toBeGreaterThan(published / 2);
  await tellsBars(engine, client);
  const last = figures(told.at(-1) ?? {});
  expect(last["ws_connections"]).toBe(1);
  expect(Number(last["eval_p99_ms"])).toBeGreaterThan(0);
  expect(Number(last["eval_p50_ms"])).toBeLessThanOrEqual(Number(last["eval_p99_ms"]));
});

/** Of the symbol that is followed, and of no other; asked for, the same and more. */
async function tellsBars(engine: EngineProcess, client: Client): Promise<void> {
  await client.ask({ op: "unsubscribe", id: 2, channel: "metrics" });
  await client.ask({ op: "subscribe", id: 3, channel: "bars", filter: { symbols: ["ethusd"] } });
  await engine.post(JSON.stringify(["BTCUSD", "ETHUSD"].map((symbol) => ({ symbol, price: 2_000, volume: 3 }))));
  const updates = await client.updatesUntil(({ channel }) => channel === "bars");
  const told = updates.at(-1)?.["data"] as Message;
  expect(told).toMatchObject({ symbol: "ETHUSD", interval: "1s", open: 2_000, close: 2_000, volume: 3 });
  const { symbol, interval, ...bar } = told;
  const asked = await engine.get("/symbols/ethusd/bars?interval=1s");
  expect(asked).toMatchObject({ symbol, interval, count: 1, bars: [bar] });
  const minutes = (await engine.get("/symbols/BTCUSD/bars?limit=1"))["bars"] as readonly Message[];
  expect(minutes).toMatchObject([{ close: 2_000 }]);
  expect((await engine.get("/symbols/NEVER/bars"))["error"]).toBe("not_found");
}
