// The socket as the client uses it, and the two encodings. Fits the package `ws`, browsers and Node's own WebSocket.
export interface SocketLike {
  binaryType: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  /** `ws` has it: for a peer that no longer answers. */
  terminate?(): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
}

// oxlint-disable-next-line typescript/no-explicit-any -- constructors of the packages take more than we use
export type SocketClass = new (url: string, protocols?: any) => SocketLike;

export type Encoding = "json" | "msgpack";

export type ServerMessage = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Wire {
  readonly protocol: string;
  encode(message: unknown): string | Uint8Array;
  /** Null for what is no message. */
  decode(data: unknown): ServerMessage | null;
}

export async function openWire(encoding: Encoding): Promise<Wire> {
  if (encoding === "json") {
    return {
      protocol: "strategy.v1.json",
      encode: (message) => JSON.stringify(message),
      decode: (data) => asMessage(typeof data === "string" ? (JSON.parse(data) as unknown) : null),
    };
  }
  const { Packr, Unpackr } = await import("msgpackr");
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });
  return {
    protocol: "strategy.v1.msgpack",
    encode: (message) => packr.pack(message),
    decode: (data) => asMessage(data instanceof ArrayBuffer ? (unpackr.unpack(new Uint8Array(data)) as unknown) : null),
  };
}

function asMessage(value: unknown): ServerMessage | null {
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return typeof value.type === "string" ? (value as ServerMessage) : null;
}
