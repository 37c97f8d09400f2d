// What clients may ask, checked: a decoded message becomes a Request or the error it earns.
import { failed, ok } from "../../domain/result.ts";
import { isObject } from "../json-body.ts";
import type { LiveErrorCode, RequestId } from "../../domain/live-protocol.ts";
import type { Result } from "../../domain/result.ts";

export interface Complaint {
  readonly id: RequestId;
  readonly code: LiveErrorCode;
  readonly message: string;
}

export type Request =
  | {
      readonly op: "subscribe";
      readonly id: RequestId;
      readonly channel: string;
      readonly filter: unknown;
      readonly snapshot: boolean;
      readonly resume: { readonly fromSeq: number; readonly epoch: string } | null;
    }
  | { readonly op: "unsubscribe"; readonly id: RequestId; readonly sub: string }
  | { readonly op: "unsubscribe_channel"; readonly id: RequestId; readonly channel: string }
  | {
      readonly op: "replay";
      readonly id: RequestId;
      readonly sub: string;
      readonly fromSeq: number;
      readonly toSeq: number | null;
    }
  | { readonly op: "list"; readonly id: RequestId }
  | { readonly op: "ping"; readonly id: RequestId }
  | { readonly op: "auth"; readonly id: RequestId; readonly apiKey: string };

const ID_LENGTH_MAX = 64;
const OPS = "subscribe, unsubscribe, replay, list, ping, auth";
type Fields = Readonly<Record<string, unknown>>;

export function parseRequest(message: unknown): Result<Request, Complaint> {
  if (!isObject(message)) {
    return failed({ id: null, code: "bad_json", message: "a message must be one JSON object or MessagePack map" });
  }
  const id = readId(message);
  if (id === undefined) {
    return bad(null, `id must be an integer or a string of at most ${ID_LENGTH_MAX} characters`);
  }
  switch (message["op"]) {
    case "subscribe":
      return parseSubscribe(message, id);
    case "unsubscribe":
      return parseUnsubscribe(message, id);
    case "replay":
      return parseReplay(message, id);
    case "list":
    case "ping":
      return ok({ op: message["op"], id });
    case "auth":
      return parseAuth(message, id);
    case undefined:
      return bad(id, `op is missing; it is one of ${OPS}`);
    default:
      return failed({ id, code: "unknown_op", message: `op must be one of ${OPS}` });
  }
}

/** The id of any decoded message, for answers to what was not looked at further. */
export function idOf(message: unknown): RequestId {
  return isObject(message) ? (readId(message) ?? null) : null;
}

function readId(message: Fields): RequestId | undefined {
  const id = message["id"] ?? null;
  if (id === null || (typeof id === "number" && Number.isSafeInteger(id))) return id;
  return typeof id === "string" && id.length <= ID_LENGTH_MAX ? id : undefined;
}

function parseSubscribe(message: Fields, id: RequestId): Result<Request, Complaint> {
  const { channel, snapshot = false, filter, from_seq: fromSeq, epoch } = message;
  if (typeof channel !== "string") return bad(id, "channel must be a string");
  if (typeof snapshot !== "boolean") return bad(id, "snapshot must be true or false");
  const request = { op: "subscribe", id, channel, filter, snapshot } as const;
  if (fromSeq === undefined || fromSeq === null) return ok({ ...request, resume: null });
  if (!isSeq(fromSeq)) return bad(id, "from_seq must be an integer >= 0");
  if (typeof epoch !== "string") return bad(id, "from_seq needs the epoch it belongs to");
  return ok({ ...request, resume: { fromSeq, epoch } });
}

function parseUnsubscribe(message: Fields, id: RequestId): Result<Request, Complaint> {
  const { sub, channel } = message;
  if (typeof sub === "string") return ok({ op: "unsubscribe", id, sub });
  if (typeof channel === "string") return ok({ op: "unsubscribe_channel", id, channel });
  return bad(id, "unsubscribe needs sub or channel, a string");
}

function parseReplay(message: Fields, id: RequestId): Result<Request, Complaint> {
  const { sub, from_seq: fromSeq, to_seq: toSeq = null } = message;
  if (typeof sub !== "string") return bad(id, "sub must be a string");
  if (!isSeq(fromSeq)) return bad(id, "from_seq must be an integer >= 0");
  if (toSeq !== null && (!isSeq(toSeq) || toSeq < fromSeq)) return bad(id, "to_seq must be an integer >= from_seq");
  return ok({ op: "replay", id, sub, fromSeq, toSeq });
}

function parseAuth({ api_key: apiKey }: Fields, id: RequestId): Result<Request, Complaint> {
  if (typeof apiKey !== "string" || apiKey === "") return bad(id, "api_key must be a string that is not empty");
  return ok({ op: "auth", id, apiKey });
}

function isSeq(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function bad(id: RequestId, message: string): Result<never, Complaint> {
  return failed({ id, code: "bad_request", message });
}
