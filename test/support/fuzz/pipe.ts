// A keep-alive connection: a request as soon as the one before is answered, for ever. It does not send ahead, because the
// server's library ends connections that do while an answer is being worked on. An answer that says it is the last of its
// connection is followed by another connection, as HTTP has it.
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { FuzzRequest } from "./requests.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

interface PipeOptions {
  readonly port: number;
  /** The next request, or null when there is none. */
  readonly next: () => FuzzRequest | null;
  readonly answered: (request: FuzzRequest, answer: Answer, tookMs: number) => void;
  /** The connection ended although nothing asked for it. */
  readonly died: (why: string, waiting: readonly FuzzRequest[]) => void;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST = /\r\nconnection: close(?:\r|$)/i;

export class Pipe {
  readonly done: Promise<void>;
  lastAnswerAt = performance.now();
  private readonly options: PipeOptions;
  private socket: Socket;
  private readonly waiting: FuzzRequest[] = [];
  private pending: Buffer = Buffer.alloc(0);
  private finished: () => void = () => undefined;
  private ended = false;

  constructor(options: PipeOptions) {
    this.options = options;
    this.done = new Promise((resolve) => (this.finished = resolve));
    this.socket = this.open();
  }

  get closed(): boolean {
    return this.ended;
  }

  get unanswered(): readonly FuzzRequest[] {
    return this.waiting;
  }

  close(): void {
    this.ended = true;
    this.socket.destroy();
    this.finished();
  }

  private open(): Socket {
    const socket = connect(this.options.port, "127.0.0.1", () => this.fill());
    socket.setNoDelay(true);
    socket.on("data", (data) => this.take(data));
    socket.on("error", (error) => this.end(error.message));
    socket.on("close", () => this.end("closed by the engine"));
    return socket;
  }

  private reopen(): void {
    this.socket.removeAllListeners().on("error", () => undefined); // its end was announced
    this.socket.destroy();
    this.pending = Buffer.alloc(0);
    this.socket = this.open();
  }

  private fill(): void {
    if (this.waiting.length > 0) return;
    const request = this.options.next();
    if (request === null) {
      this.close();
      return;
    }
    this.lastAnswerAt = performance.now();
    this.waiting.push(request);
    this.socket.write(request.bytes);
  }

  private take(data: Buffer): void {
    this.pending = this.pending.length === 0 ? data : Buffer.concat([this.pending, data]);
    let at = 0;
    for (;;) {
      const request = this.waiting[0];
      const end = this.pending.indexOf(HEAD_END, at);
      if (request === undefined || end < 0) break;
      const head = this.pending.toString("latin1", at, end);
      const bodyAt = end + HEAD_END.length;
      const length = request.method === "HEAD" ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (this.pending.length < bodyAt + length) break;
      this.waiting.shift();
      const tookMs = performance.now() - this.lastAnswerAt; // which is when it was asked: one is under way at a time
      this.lastAnswerAt += tookMs;
      const contentType = /\r\ncontent-type: ([^\r]*)/i.exec(head)?.[1] ?? "";
      const text = this.pending.toString("utf8", bodyAt, bodyAt + length);
      this.options.answered(request, { status: Number(head.slice(9, 12)), contentType, text }, tookMs);
      at = bodyAt + length;
      if (LAST.test(head)) {
        this.reopen();
        return;
      }
    }
    this.pending = this.pending.subarray(at);
    this.fill();
  }

  private end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    this.options.died(why, this.waiting);
    this.finished();
  }
}
