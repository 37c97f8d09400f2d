// What clients were answered and have not taken yet. The library buffers whatever it is given for a connection that reads
// nothing, and goes on serving it. So an answer is handed over only as far as the system takes it, and is under way until
// all of it is: a connection that sends a further request meanwhile, or takes nothing for ten seconds, is ended by the
// library. A connection therefore costs one unsent answer at most, and all of them share BYTES_MAX.
// Nothing tells whether a head without a body was taken. One in BARE_PER_CLOSE of those, by chance, so that nobody can
// step round it, is the last of its connection, and says so.
import type { HttpResponse } from "./uws.ts";

const BYTES_MAX = 256 << 20;
/** A head is less than a KiB: so many of them, unread, cost a connection what one answer may cost anyway. */
const BARE_PER_CLOSE = 128;

export class Unsent {
  private readonly bytesMax: number;
  private held = 0;
  private bare = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.bytesMax = bytesMax;
  }

  /** There is no room for what was kept last: its connection is to be ended. */
  get full(): boolean {
    return this.held > this.bytesMax;
  }

  /**
   * Sends what of this body was not taken, as its client takes it; `sent` runs when nothing is left. Answers what gives
   * its room back, which is to be run once, then or when the client has gone.
   */
  keep(response: HttpResponse, body: Uint8Array, sent: () => void): () => void {
    const { byteLength } = body;
    this.held += byteLength;
    response.onWritable((offset) => {
      const [taken, done] = response.tryEnd(body.subarray(offset), byteLength);
      if (done) sent();
      return taken;
    });
    return () => {
      this.held -= byteLength;
    };
  }

  /** Whether an answer of which nobody can tell that it was taken is the last of its connection. Never the first ones. */
  endsHere(): boolean {
    if (this.bare < BARE_PER_CLOSE) {
      this.bare += 1;
      return false;
    }
    return Math.random() * BARE_PER_CLOSE < 1;
  }
}
