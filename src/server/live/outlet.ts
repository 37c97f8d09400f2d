// What leaves on one connection, and what happens when the client does not read. While more than `bufferBytes` are
// unsent the outlet is blocked: updates are refused (the caller counts them) until the buffer is half empty again.
// So a connection holds at most bufferBytes plus one message (and the library's 16 KiB write batch), and sending never
// waits. A client that is still blocked after `slowMs`, or asks for answers it does not read, is closed with 4008.
import { CLOSE, LIMITS } from "../../domain/live-protocol.ts";
import type { Time } from "./time.ts";

/** The socket as the outlet uses it; uWebSockets.js sockets have this shape. */
export interface Peer {
  send(frame: Uint8Array, binary: boolean): number;
  getBufferedAmount(): number;
  ping(): number;
  end(code: number, reason: string): void;
  close(): void;
  cork(run: () => void): unknown;
}

export interface OutletOptions {
  readonly bufferBytes: number;
  readonly slowMs: number;
  readonly onFull: "drop" | "close";
}

/** Room for answers above the buffer: no more than one message. */
const ANSWER_BYTES = LIMITS.max_message_bytes;
const UNREAD = "answers are not read";

export class Outlet {
  private readonly peer: Peer;
  private readonly binary: boolean;
  private readonly options: OutletOptions;
  private readonly time: Time;
  private blockedSinceMs: number | null = null;
  private ending: { readonly code: number; readonly reason: string } | null = null;
  private corked = false;
  private gone = false;

  constructor(peer: Peer, binary: boolean, options: OutletOptions, time: Time) {
    this.peer = peer;
    this.binary = binary;
    this.options = options;
    this.time = time;
  }

  get open(): boolean {
    return !this.gone && this.ending === null;
  }

  get blocked(): boolean {
    return this.blockedSinceMs !== null;
  }

  /** True while a paced sender (a replay) should go on. */
  get roomy(): boolean {
    return this.open && !this.blocked && this.peer.getBufferedAmount() <= this.options.bufferBytes / 2;
  }

  /** An update: false when it was dropped. */
  offer(frame: Uint8Array): boolean {
    if (!this.open || this.blocked) return false;
    if (this.peer.getBufferedAmount() > this.options.bufferBytes) {
      this.blockedSinceMs = this.time.nowMs();
      if (this.options.onFull === "close") this.end(CLOSE.slowConsumer, "slow consumer");
      return false;
    }
    this.peer.send(frame, this.binary);
    return true;
  }

  /**
   * An answer: it is never dropped. A client that is behind may still ask a little, so that it can find out; one that
   * goes on asking without reading is closed.
   */
  answer(frame: Uint8Array): void {
    if (!this.open) return;
    const { bufferBytes } = this.options;
    const buffered = this.peer.getBufferedAmount();
    if (buffered <= bufferBytes || buffered + frame.byteLength <= bufferBytes + ANSWER_BYTES) {
      this.peer.send(frame, this.binary);
    } else {
      this.end(CLOSE.slowConsumer, UNREAD);
    }
  }

  /** The library has answered by itself, which nobody could keep it from: that counts as an answer. */
  answeredBeside(): void {
    const { bufferBytes } = this.options;
    if (this.open && this.peer.getBufferedAmount() > bufferBytes + ANSWER_BYTES) this.end(CLOSE.slowConsumer, UNREAD);
  }

  /** Several frames in one write. A close asked for meanwhile happens afterwards: the library is inside the socket. */
  batch(run: () => void): void {
    if (!this.open) return;
    this.corked = true;
    this.peer.cork(run);
    this.corked = false;
    this.finish();
  }

  /** After the buffer shrank: true when this ended a block. */
  drained(): boolean {
    if (!this.open || !this.blocked) return false;
    if (this.peer.getBufferedAmount() > this.options.bufferBytes / 2) return false;
    this.blockedSinceMs = null;
    return true;
  }

  /** Closes a client that has been blocked for too long. */
  checkSlow(): void {
    if (this.blockedSinceMs === null || !this.open) return;
    if (this.time.nowMs() - this.blockedSinceMs >= this.options.slowMs) this.end(CLOSE.slowConsumer, "slow consumer");
  }

  ping(): void {
    if (this.open && !this.blocked) this.peer.ping();
  }

  end(code: number, reason: string): void {
    if (!this.open) return;
    this.ending = { code, reason };
    if (!this.corked) this.finish();
  }

  /** Without a closing handshake: for a peer that no longer answers. */
  cut(): void {
    if (!this.open) return;
    this.gone = true;
    this.peer.close();
  }

  /** The library says that the socket is gone; it must not be touched again. */
  lost(): void {
    this.gone = true;
  }

  private finish(): void {
    if (this.ending === null || this.gone) return;
    this.gone = true;
    this.peer.end(this.ending.code, this.ending.reason);
  }
}
