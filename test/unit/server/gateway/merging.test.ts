// Answers of shards to the parts of one message, as the sender of the message is answered.
import { describe, expect, it } from "vitest";
import { failed, ok } from "../../../../src/domain/result.ts";
import type { Part } from "../../../../src/server/gateway/ticks/dividing.ts";
import { type End, endOf } from "../../../../src/server/gateway/ticks/ends.ts";
import { answerOf } from "../../../../src/server/gateway/ticks/merging.ts";
import { type Answer, json } from "../../../../src/server/reply.ts";
import { failureReply } from "../../../../src/server/status.ts";

function part(shard: number, places: readonly number[]): Part {
  return { shard, places, contentType: "application/json", body: () => new Uint8Array() };
}

function taken(rejected = 0, errors: readonly object[] = [], signals: readonly string[] = []): Answer {
  return json({ strategies_applied: 18, processed: 1, rejected, errors, signals, processing_time_ms: 1 });
}

function allBad(...places: readonly number[]): Answer {
  const issue = (place: number) => ({ field: `market_data[${place}].price`, issue: "is required" });
  const [first = 0, ...others] = places;
  return ok(failureReply({ code: "validation_error", issues: [issue(first), ...others.map(issue)] }, "req_1"));
}

type Body = Readonly<Record<string, unknown>>;

function merged(ticks: number, ends: readonly End[], keyed = false) {
  const answer = answerOf({ requestId: "req_9", keyed, ticks, elapsedMs: 2.5 }, ends);
  if (!answer.ok) return { status: answer.failure.code, headers: [], body: answer.failure as unknown as Body };
  const { status, headers = [], body } = answer.value;
  return { status, headers, body: JSON.parse(String(body)) as Body };
}

describe("when every shard has judged its part", () => {
  it("the sender is answered as by one engine, with the places of its own message", () => {
    const error = { index: 1, message: "market_data[1].price is required" };
    const { status, body } = merged(5, [
      endOf(part(0, [1, 3]), taken(1, [error], ["a"])),
      endOf(part(2, [0, 2, 4]), taken(1, [{ ...error, index: 0, message: "market_data[0] stands twice" }], ["b"])),
    ]);
    expect(status).toBe("200 OK");
    expect(body).toEqual({
      strategies_applied: 18,
      processed: 3,
      rejected: 2,
      errors: [
        { index: 0, message: "market_data[0] stands twice" },
        { index: 3, message: "market_data[3].price is required" },
      ],
      signals: ["a", "b"],
      processing_time_ms: 2.5,
    });
  });

  it("a part that is bad as a whole is bad ticks among good ones", () => {
    const { status, body } = merged(3, [endOf(part(0, [0, 2]), allBad(0, 1)), endOf(part(1, [1]), taken())]);
    expect(status).toBe("200 OK");
    expect(body).toMatchObject({ processed: 1, rejected: 2, strategies_applied: 18 });
    expect(body).toMatchObject({ errors: [{ index: 0 }, { index: 2, message: "market_data[2].price is required" }] });
  });

  it("a message of which every tick is bad is refused, with the first 20 by their places", () => {
    const places = Array.from({ length: 15 }, (_, place) => place);
    const [even, odd] = [places.map((place) => 2 * place), places.map((place) => 2 * place + 1)];
    const { status, body } = merged(30, [
      endOf(part(0, even), allBad(...places)),
      endOf(part(1, odd), allBad(...places)),
    ]);
    expect(status).toBe("validation_error");
    const fields = Array.from({ length: 20 }, (_, place) => ({ field: `market_data[${place}].price` }));
    expect(body).toMatchObject({ issues: fields });
  });

  it("a message without ticks is taken", () => {
    const { status, body } = merged(0, []);
    expect(status).toBe("200 OK");
    expect(body).toMatchObject({ strategies_applied: 0, processed: 0, rejected: 0, errors: [], signals: [] });
  });

  it("a tick that several shards refuse is refused once, and one that they take is taken once", () => {
    const error = { index: 0, message: "market_data[0].value is required" };
    const { body } = merged(3, [
      endOf(part(0, [0, 1, 2]), taken(1, [error])),
      endOf(part(1, [0, 1]), taken(1, [error])),
    ]);
    expect(body).toMatchObject({ processed: 2, rejected: 1, errors: [error] });
  });

  it("the answer is a replay only where every part is", () => {
    const replay = taken();
    const replayed = replay.ok ? ok({ ...replay.value, headers: [["Idempotency-Replayed", "true"]] as const }) : replay;
    const [again, first] = [endOf(part(0, [0]), replayed), endOf(part(1, [1]), taken())];
    expect(merged(2, [again, first]).headers).toEqual([]);
    expect(merged(2, [again, { ...again, part: part(1, [1]) }]).headers).toEqual([["Idempotency-Replayed", "true"]]);
  });
});

describe("when a shard has not", () => {
  const good = endOf(part(0, [0, 3]), taken());

  it("the refusal says what was taken and what was not", () => {
    const { status, headers, body } = merged(4, [good, endOf(part(1, [1, 2]), failed({ code: "not_ready" }))]);
    expect(status).toBe("503 Service Unavailable");
    expect(headers).toEqual([["Retry-After", "1"]]);
    expect(body).toMatchObject({ status: "error", error: "not_ready", request_id: "req_9", processed: 2, rejected: 0 });
    expect(body["message"]).toBe(
      "2 of 4 ticks were not taken: shard 1: nobody serves it at the moment; parts says which ones; send the ticks of " +
        "those parts again",
    );
    expect(body["parts"]).toEqual([
      { shard: 0, state: "taken", ticks: [0, 3] },
      {
        shard: 1,
        state: "not_taken",
        ticks: [1, 2],
        error: "not_ready",
        message: "nobody serves it at the moment",
      },
    ]);
  });

  it("a part of which nobody knows makes the whole one of which nobody knows", () => {
    const unavailable = failureReply({ code: "storage_unavailable" }, "req_1");
    for (const answer of [
      failed({ code: "storage_unavailable" } as const),
      ok(unavailable),
      ok(failureReply({ code: "restarting" }, "req_1")),
      ok({ status: "200 OK", contentType: "text/html", body: "<html>" }),
      ok({ status: "502 Bad Gateway", contentType: "text/html", body: "" }),
      json({ processed: 1 }),
    ]) {
      const ends = [endOf(part(1, [1]), failed({ code: "not_ready" })), endOf(part(2, [2]), answer), good];
      const { status, body } = merged(4, ends, true);
      expect([status, body["error"]]).toEqual(["503 Service Unavailable", "storage_unavailable"]);
      expect(body["message"]).toContain("2 of 4 ticks were not taken, or nobody knows whether they were");
      expect(body["message"]).toContain("the whole message again with the same Idempotency-Key");
      expect(body["parts"]).toMatchObject([{ state: "taken" }, { state: "not_taken" }, { state: "unknown" }]);
    }
  });

  it("the sender waits as long as the last of them says", () => {
    const limited = failureReply({ code: "rate_limited", limit: 5, retryAfterS: 7 }, "req_1");
    const wait = ok({ ...limited, headers: [["Retry-After", "7"]] as const });
    const { status, headers, body } = merged(3, [good, endOf(part(1, [1, 2]), wait)]);
    expect([status, headers, body["error"]]).toEqual(["429 Too Many Requests", [["Retry-After", "7"]], "rate_limited"]);
  });

  it("a key that belongs to another message is told first", () => {
    const reused = ok(failureReply({ code: "idempotency_key_reuse" }, "req_1"));
    const doubt = failed({ code: "storage_unavailable" } as const);
    const { status, body } = merged(4, [good, endOf(part(1, [1]), doubt), endOf(part(2, [2]), reused)], true);
    expect([status, body["error"]]).toEqual(["422 Unprocessable Entity", "idempotency_key_reuse"]);
  });

  it("a tick that one of its shards has taken is not counted before all have", () => {
    const refusal = { index: 0, message: "market_data[0].value is required" };
    const { body } = merged(2, [
      endOf(part(0, [0, 1]), taken(1, [refusal])),
      endOf(part(1, [0]), failed({ code: "not_ready" })),
    ]);
    expect(body).toMatchObject({ processed: 1, rejected: 0, errors: [] });
  });
});
