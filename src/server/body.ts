// Reading a body that nobody vouches for. A body within its limit arrives as one array; a longer one is read on without
// being kept, so that an honest client can finish sending and see the refusal, up to DISCARD_BYTES, then cut off.
// All bodies being received share HELD_BYTES of memory. Clients that trickle are ended by the library's receive timer.
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./uws.ts";

export const DISCARD_BYTES = 32 << 20;
export const HELD_BYTES = 128 << 20;

export type Body = Uint8Array<ArrayBuffer>;
type Done = (body: Result<Body, Failure>) => void;

export class BodyReader {
  private held = 0;

  /** Calls `done` once with the body or its refusal, unless the client left before. */
  read(response: HttpResponse, exchange: Exchange, maxBytes: number, done: Done): void {
    const parts: Buffer[] = [];
    let received = 0;
    let kept = 0;
    let refusal: Failure | null = null;
    const release = (): void => {
      this.held -= kept;
      kept = 0;
      parts.length = 0;
    };
    exchange.onGone(release);
    response.onData((chunk, last) => {
      if (!exchange.answerable) return;
      received += chunk.byteLength;
      refusal ??= this.refuse(received, chunk.byteLength, maxBytes);
      if (refusal !== null) {
        release();
        if (last) done(failed(refusal));
        else if (received > maxBytes + DISCARD_BYTES) {
          exchange.fail(refusal, true);
          done(failed(refusal));
        }
        return;
      }
      parts.push(Buffer.from(chunk.slice(0)));
      kept += chunk.byteLength;
      this.held += chunk.byteLength;
      if (!last) return;
      const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      release();
      done(ok(new Uint8Array(body?.buffer as ArrayBuffer, body?.byteOffset, body?.byteLength)));
    });
  }

  private refuse(received: number, more: number, maxBytes: number): Failure | null {
    if (received > maxBytes) return { code: "payload_too_large", limit: maxBytes, unit: "bytes" };
    if (this.held + more > HELD_BYTES) return { code: "overloaded", what: "the memory for requests being received" };
    return null;
  }
}
