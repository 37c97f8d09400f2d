// Joins the live side to the library: upgrade requests are checked here (query, subprotocol, room for one more), then
// every event of a socket goes to its connection.
import { LIMITS } from "../../domain/live-protocol.ts";
import type { Failure } from "../../domain/failure.ts";
import { networkOf } from "../guards/visitor.ts";
import type { Dispatch } from "../dispatch.ts";
import type { HttpRequest, SocketBehavior } from "../uws.ts";
import type { Encoding } from "./codec.ts";
import type { Connection } from "./connection.ts";
import type { Live } from "./live.ts";
import type { OutletOptions } from "./outlet.ts";

interface SocketData {
  readonly encoding: Encoding;
  readonly onFull: OutletOptions["onFull"];
  readonly apiKey: string | null;
  readonly address: string;
  readonly stranger: boolean;
  connection: Connection | null;
}

const PROTOCOLS: ReadonlyMap<string, Encoding> = new Map([
  ["strategy.v1.json", "json"],
  ["strategy.v1.msgpack", "msgpack"],
]);
/** The library's own idle timer, behind ours: it also ends sockets whose closing handshake is never answered. */
const IDLE_S = 120;
/** Of a value that is named in a refusal, characters. */
const SHOWN = 60;

export function liveSocket(live: Live, dispatch: Dispatch): SocketBehavior<SocketData> {
  return {
    maxPayloadLength: LIMITS.max_message_bytes,
    maxBackpressure: 0, // no limit of the library's: the outlet keeps its own, and counts
    idleTimeout: IDLE_S,
    sendPingsAutomatically: false,
    upgrade: (response, request, context) => {
      const refusal = refuseUpgrade(live, request);
      if (refusal !== null) {
        dispatch.refuse(response, request, refusal);
        return;
      }
      const query = new URLSearchParams(request.getQuery() ?? "");
      const bar = dispatch.barSocket(response, request);
      if (bar !== null) {
        dispatch.refuse(response, request, bar);
        return;
      }
      const [apiKey, address] = [keyOf(request, query), networkOf(response)];
      const place = live.claim(apiKey, address);
      if (!place.ok) {
        dispatch.refuse(response, request, place.failure);
        return;
      }
      const protocol = chooseProtocol(request);
      const data: SocketData = {
        encoding: protocol === null ? encodingIn(query) : protocol.encoding,
        onFull: query.get("backpressure") === "close" ? "close" : "drop",
        apiKey,
        address,
        stranger: place.value.stranger,
        connection: null,
      };
      const key = request.getHeader("sec-websocket-key");
      const extensions = request.getHeader("sec-websocket-extensions");
      response.upgrade(data, key, protocol?.name ?? "", extensions, context);
    },
    open: (socket) => {
      const data = socket.getUserData();
      data.connection = live.connect(socket, data);
      data.connection.welcome(data.apiKey);
    },
    message: (socket, message, binary) => {
      socket.getUserData().connection?.onMessage(new Uint8Array(message), binary);
    },
    drain: (socket) => socket.getUserData().connection?.onDrain(),
    ping: (socket) => socket.getUserData().connection?.onPing(),
    pong: (socket) => socket.getUserData().connection?.heard(),
    close: (socket) => {
      const { connection } = socket.getUserData();
      if (connection !== null) live.forget(connection);
    },
  };
}

function refuseUpgrade(live: Live, request: HttpRequest): Failure | null {
  if (live.isClosing) return { code: "shutting_down" };
  if (request.getHeader("sec-websocket-version") !== "13") {
    return {
      code: "upgrade_required",
      issue: "Sec-WebSocket-Version must be 13; other versions of the protocol are not spoken here",
    };
  }
  const query = new URLSearchParams(request.getQuery() ?? "");
  const encoding = query.get("encoding");
  if (encoding !== null && encoding !== "json" && encoding !== "msgpack") {
    return {
      code: "bad_request",
      issue: `encoding must be json or msgpack, found ${JSON.stringify(encoding.slice(0, SHOWN))}`,
    };
  }
  const backpressure = query.get("backpressure");
  if (backpressure !== null && backpressure !== "drop" && backpressure !== "close") {
    return {
      code: "bad_request",
      issue: `backpressure must be drop or close, found ${JSON.stringify(backpressure.slice(0, SHOWN))}`,
    };
  }
  return null;
}

/** As the REST side takes it, or in the query: a browser cannot set headers here. */
function keyOf(request: HttpRequest, query: URLSearchParams): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.getHeader("authorization"))?.[1];
  // A + in a query stands for a space, and there is none in a key or token: who meant a + has not encoded it.
  const inQuery = query.get("api_key")?.replaceAll(" ", "+");
  return inQuery ?? bearer ?? (request.getHeader("x-api-key") || null);
}

function encodingIn(query: URLSearchParams): Encoding {
  return query.get("encoding") === "msgpack" ? "msgpack" : "json";
}

/** The first of the client's subprotocols that is known here, in the client's order. */
function chooseProtocol(request: HttpRequest): { readonly name: string; readonly encoding: Encoding } | null {
  for (const offered of request.getHeader("sec-websocket-protocol").split(",")) {
    const name = offered.trim();
    const encoding = PROTOCOLS.get(name);
    if (encoding !== undefined) return { name, encoding };
  }
  return null;
}
