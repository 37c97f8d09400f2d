// Every way into ingest gives the same records and the same refusals: msgpack and JSON in the core, values through
// msgpackr, and the slow twin that was written from the API's table.
import { Packr, unpack } from "msgpackr";
import { expect, it } from "vitest";
import { Door, NOON } from "../support/ingest-door.ts";
import { Random } from "../support/random.ts";
import { TickTwin } from "../support/twins/tick-twin.ts";
import { fitsJson, randomMessage, wildJson, wildMsgpack, type Message } from "../support/wire-messages.ts";

const MESSAGES = 6_000;

/** What a message must do, by the twin. */
function expected(twin: TickTwin, message: Message): { records: string[]; errors: unknown[]; accepted: number } {
  const results = message.ticks.map((tick) => twin.tick(tick));
  const errors = results.flatMap((result, index) => ("reason" in result ? [{ index, ...result }] : []));
  return {
    records: results.flatMap((result) => ("records" in result ? result.records : [])),
    errors: errors.slice(0, 20),
    accepted: results.length - errors.length,
  };
}

function outcome(door: Door, batch: ReturnType<Door["ingest"]["accept"]>, label: string): ReturnType<typeof expected> {
  expect(batch.failureReason, label).toBeUndefined();
  const errors = batch.errors.map(({ index, reason, field }) => {
    const name = field.split(".")[1];
    return { index, reason, field: name ?? null };
  });
  return { records: door.hex(), errors, accepted: batch.accepted };
}

for (const build of ["release", "debug"] as const) {
  it(`decodes every encoding to the records of the twin (${build} build)`, () => {
    const seed = build === "release" ? 11 : 12;
    const random = new Random(seed);
    const doors = { msgpack: new Door({ build }), json: new Door({ build }), values: new Door({ build }) };
    const twins = { msgpack: new TickTwin(NOON), json: new TickTwin(NOON), values: new TickTwin(NOON) };
    const packr = new Packr({ useRecords: false });
    for (let count = 0; count < MESSAGES; count++) {
      const message = randomMessage(random);
      const label = `seed ${seed}, message ${count}`;
      const wild = wildMsgpack(message.value, random);
      const packed = outcome(doors.msgpack, doors.msgpack.ingest.accept(wild, "redis"), label);
      expect(packed, label).toEqual(expected(twins.msgpack, message));
      const value: unknown = unpack(packr.pack(message.value));
      const fromValue = outcome(doors.values, doors.values.ingest.acceptValue(value, "redis", "msgpack"), label);
      expect(fromValue, label).toEqual(expected(twins.values, message));
      if (!fitsJson(message.value)) continue;
      const text = wildJson(message.value, random);
      const parsed = outcome(doors.json, doors.json.ingest.accept(new TextEncoder().encode(text), "http"), text);
      expect(parsed, `${label}: ${text}`).toEqual(expected(twins.json, message));
    }
  });
}
