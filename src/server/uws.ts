// The part of uWebSockets.js that the server uses: what every prebuilt binary of the package has, the older one of
// Node 20 included (no collectBody, no getRemotePort). Anything else that the package's types promise is not to be used.
import uWS from "uWebSockets.js";

/**
 * Bodies and frames are bytes: of a text whose characters all fit into one byte ("é"), the binaries of newer versions of
 * Node send these bytes, which is not UTF-8. What is text here is ASCII.
 */
export interface HttpResponse {
  writeStatus(status: string): HttpResponse;
  writeHeader(key: string, value: string | Uint8Array): HttpResponse;
  end(body: Uint8Array, closeConnection?: boolean): HttpResponse;
  /** Hands over what the system takes; the second: all of it was, which ends the answer. `totalBytes` where it goes on. */
  tryEnd(body: Uint8Array, totalBytes?: number): readonly [taken: boolean, done: boolean];
  /** When the system takes more again; true: it took what it was given. */
  onWritable(run: (offset: number) => boolean): HttpResponse;
  /** Only without arguments: with a length, the response never counts as answered and the process aborts. */
  endWithoutBody(): HttpResponse;
  close(): HttpResponse;
  cork(run: () => void): HttpResponse;
  onAborted(run: () => void): HttpResponse;
  /** The chunk is gone after the call: copy it. */
  onData(run: (chunk: ArrayBuffer, last: boolean) => void): HttpResponse;
  getRemoteAddressAsText(): ArrayBuffer;
  upgrade(data: unknown, key: string, protocol: string, extensions: string, context: UpgradeContext): void;
}

/** Valid only inside the handler's first synchronous part. */
export interface HttpRequest {
  getHeader(lowerCaseName: string): string;
  getUrl(): string;
  getCaseSensitiveMethod(): string;
  getQuery(): string | undefined;
  forEach(run: (lowerCaseName: string, value: string) => void): void;
}

export interface UpgradeContext {
  readonly opaque?: never;
}

export interface Socket<T> {
  /** 1 sent, 0 buffered, 2 dropped. */
  send(message: Uint8Array, binary: boolean): number;
  getBufferedAmount(): number;
  ping(): number;
  end(code: number, reason: string): void;
  close(): void;
  cork(run: () => void): unknown;
  getUserData(): T;
}

export interface SocketBehavior<T> {
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly upgrade: (response: HttpResponse, request: HttpRequest, context: UpgradeContext) => void;
  readonly open: (socket: Socket<T>) => void;
  readonly message: (socket: Socket<T>, message: ArrayBuffer, binary: boolean) => void;
  readonly drain: (socket: Socket<T>) => void;
  readonly ping: (socket: Socket<T>) => void;
  readonly pong: (socket: Socket<T>) => void;
  readonly close: (socket: Socket<T>) => void;
}

export interface ListenSocket {
  readonly opaque?: never;
}

export interface App {
  any(pattern: string, handler: (response: HttpResponse, request: HttpRequest) => void): App;
  ws<T>(pattern: string, behavior: SocketBehavior<T>): App;
  listen(host: string, port: number, options: number, done: (socket: ListenSocket | false) => void): App;
  close(): App;
}

/** The package's types leave out the constant and the four-argument listen; the library has both. */
interface Library {
  App(): App;
  SSLApp(options: { readonly cert_file_name: string; readonly key_file_name: string }): App;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  us_socket_local_port(socket: ListenSocket): number;
  us_listen_socket_close(socket: ListenSocket): void;
}
const library = uWS as unknown as Library;

/** With files, the app speaks TLS and nothing else. */
export function createApp(tls: { readonly certFile: string; readonly keyFile: string } | null): App {
  if (tls === null) return library.App();
  return library.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
}

/** Listens alone on the port (the library would share it with another process by default): its number, or null. */
export function listenOn(app: App, host: string, port: number): { socket: ListenSocket; port: number } | null {
  const listening: ListenSocket[] = [];
  app.listen(host, port, library.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (socket !== false) listening.push(socket); // called before listen returns
  });
  const [socket] = listening;
  return socket === undefined ? null : { socket, port: library.us_socket_local_port(socket) };
}

export function stopListening(socket: ListenSocket): void {
  library.us_listen_socket_close(socket);
}
