// Reading a body that nobody vouches for. A body within its limit arrives as one array; a longer one is read on without
// being kept, so that an honest client can finish sending and see the refusal, up to DISCARD_BYTES, then cut off.
// What comes in pieces is copied into one buffer that doubles, and counts with all that it takes, so that a client pays for
// memory with bytes, however small its pieces are. Each piece is a call of the library's that costs microseconds, so a body
// in thousands of pieces of a few bytes is cut off. All bodies being received share HELD_BYTES. Clients that trickle are
// ended by the library's receive timer.
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./uws.ts";

export const DISCARD_BYTES = 32 << 20;
export const HELD_BYTES = 128 << 20;

export type Body = Uint8Array<ArrayBuffer>;
type Done = (body: Result<Body, Failure>) => void;

const NOTHING: Body = new Uint8Array(0);
const FIRST_BYTES = 4_096;
/** A body may come in so many pieces, and then in one for each so many bytes. */
const PIECES_FREE = 4_096;
const PIECE_BYTES = 16;
const CRUMBS: Failure = {
  code: "bad_request",
  issue: `a body must not come in more than ${PIECES_FREE} pieces of fewer than ${PIECE_BYTES} bytes on average`,
};
const CROWDED: Failure = { code: "overloaded", what: "the memory for requests being received" };

export class BodyReader {
  private held = 0;

  /**
   * Calls `done` once with the body or its refusal, unless the client left or was answered before. Answers what forgets
   * all that has come; what comes after that is not kept once the request is answered.
   */
  read(response: HttpResponse, exchange: Exchange, maxBytes: number, done: Done): () => void {
    let kept = NOTHING;
    let received = 0;
    let pieces = 0;
    let refusal: Failure | null = null;
    const release = (): void => {
      this.held -= kept.byteLength;
      kept = NOTHING;
    };
    exchange.onGone(release);
    response.onData((chunk, last) => {
      if (!exchange.answerable) return;
      const before = received;
      received += chunk.byteLength;
      pieces += 1;
      if (pieces > PIECES_FREE && received < pieces * PIECE_BYTES) {
        release();
        exchange.fail(CRUMBS, true);
        done(failed(CRUMBS));
        return;
      }
      refusal ??= received > maxBytes ? { code: "payload_too_large", limit: maxBytes, unit: "bytes" } : null;
      if (refusal === null && last && before === 0) {
        done(this.held + received > HELD_BYTES ? failed(CROWDED) : ok(new Uint8Array(chunk.slice(0))));
        return;
      }
      if (refusal === null && received > kept.byteLength) {
        const larger = Math.min(maxBytes, Math.max(received, 2 * kept.byteLength, FIRST_BYTES));
        if (this.held - kept.byteLength + larger > HELD_BYTES) refusal = CROWDED;
        else kept = this.grown(kept, larger, before);
      }
      if (refusal !== null) {
        release();
        if (last) done(failed(refusal));
        else if (received > maxBytes + DISCARD_BYTES) {
          exchange.fail(refusal, true);
          done(failed(refusal));
        }
        return;
      }
      kept.set(new Uint8Array(chunk), before);
      if (!last) return;
      const body = kept.subarray(0, received);
      release();
      done(ok(body));
    });
    return release;
  }

  private grown(kept: Body, byteLength: number, filled: number): Body {
    const larger = new Uint8Array(byteLength);
    larger.set(kept.subarray(0, filled));
    this.held += byteLength - kept.byteLength;
    return larger;
  }
}
