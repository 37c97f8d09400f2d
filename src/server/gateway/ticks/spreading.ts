// POST of ticks at a node: the message is divided by shards, each shard gets its part as a request of its own, and the
// answers come back as one. A part is taken or not by itself: a shard that nobody serves just now holds up no other. An
// Idempotency-Key of the sender becomes one of each part, so that a message that is sent again, to whichever node, is
// taken by those shards only that have not taken their part; whose key it is and which message it is of goes into it.
import { createHash } from "node:crypto";
import { invalid } from "../../../domain/failure.ts";
import { failed, type Result } from "../../../domain/result.ts";
import type { Failure } from "../../../domain/failure.ts";
import type { ShardGroups } from "../../../domain/shard.ts";
import { processMarketData } from "../../contract/market-data.ts";
import { IDEMPOTENCY_KEY } from "../../idempotency/key.ts";
import { encodingOf } from "../../media.ts";
import type { Answer } from "../../reply.ts";
import { type Asked, FORWARDED, type Forwarder, type Target } from "../forward.ts";
import { divide, type Part } from "./dividing.ts";
import { endOf } from "./ends.ts";
import { answerOf } from "./merging.ts";

/** The path of an engine, and a short one. */
const PATHS: readonly string[] = [processMarketData.path, "/ticks"];
const METHODS: readonly string[] = ["POST", "OPTIONS"];
/** Parts of one message that are on their way. */
const AT_ONCE_MAX = 16;
const NOTHING = Buffer.from("{}");

export interface Shards {
  readonly shards: number;
  readonly groups: ShardGroups;
}

export type TargetOf = (shard: number, path: string) => Result<Target, Failure>;

export function takesTicks(path: string): boolean {
  return PATHS.includes(path);
}

/** What is the same for all parts. */
interface Common {
  readonly asked: Asked;
  readonly key: string | null;
  readonly mark: string | null;
}

export class Spreader {
  private readonly cluster: Shards;
  private readonly targetOf: TargetOf;
  private readonly forwarder: Forwarder;

  constructor(cluster: Shards, targetOf: TargetOf, forwarder: Forwarder) {
    this.cluster = cluster;
    this.targetOf = targetOf;
    this.forwarder = forwarder;
  }

  async post(asked: Asked): Promise<Answer> {
    const began = performance.now();
    const { method, idempotencyKey, caller, requestId } = asked.head;
    if (method !== "POST") return failed({ code: "method_not_allowed", method, allowed: METHODS });
    const empty = asked.body === null || asked.body.byteLength === 0;
    const encoding = empty ? null : encodingOf(asked.head, true);
    if (encoding?.ok === false) return encoding;
    if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey))
      return failed(invalid("Idempotency-Key", "must be 1 to 128 visible ASCII characters"));
    const { body } = asked;
    const bytes = empty || body === null ? NOTHING : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const divided = divide(bytes, this.cluster.shards, this.cluster.groups);
    if (!divided.ok) return divided;
    const key = idempotencyKey === null ? null : `ticks-${hashOf(JSON.stringify([caller.id, idempotencyKey]))}`;
    const common = { asked, key, mark: key === null ? null : hashOf(bytes) };
    const { ticks, parts } = divided.value;
    const ends = await inLanes(parts, async (part) => endOf(part, await this.send(part, common)));
    const elapsedMs = performance.now() - began;
    return answerOf({ requestId, keyed: key !== null, ticks, elapsedMs }, ends);
  }

  private send(part: Part, { asked, key, mark }: Common): Answer | Promise<Answer> {
    const target = this.targetOf(part.shard, processMarketData.path);
    if (!target.ok) return target;
    const { [FORWARDED]: _, "content-encoding": __, "idempotency-key": ___, ...passed } = asked.headers;
    const own = { "content-type": part.contentType, ...(key === null ? {} : { "idempotency-key": key }) };
    // A sender that leaves takes nothing back: its parts are taken or refused, and none stays in doubt for that.
    const onGone = (): void => undefined;
    return this.forwarder.send(target.value, {
      head: asked.head,
      headers: { ...passed, ...own },
      body: part.body(mark),
      onGone,
    });
  }
}

/** In the order of the parts. */
async function inLanes<T>(parts: readonly Part[], work: (part: Part) => Promise<T>): Promise<readonly T[]> {
  const ends: T[] = [];
  const waiting = parts.entries();
  const lane = async (): Promise<void> => {
    for (const [index, part] of waiting) ends[index] = await work(part);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, parts.length) }, lane));
  return ends;
}

function hashOf(value: string | Uint8Array): string {
  return createHash("sha256").update(value).digest("base64url");
}
