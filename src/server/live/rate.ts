// How fast one client may talk: messages_per_second on average with bursts of BURST; beyond that messages are refused,
// and more than FLOOD_PER_SECOND within a second end the connection.
import { LIMITS } from "../../domain/live-protocol.ts";

const MESSAGES_PER_SECOND = LIMITS.messages_per_second;
export const BURST = 100;
export const FLOOD_PER_SECOND = 500;

export class RateLimit {
  private tokens = BURST;
  private filledMs: number;
  private windowMs: number;
  private inWindow = 0;

  constructor(nowMs: number) {
    this.filledMs = nowMs;
    this.windowMs = nowMs;
  }

  take(nowMs: number): "pass" | "refuse" | "flood" {
    if (nowMs - this.windowMs >= 1_000) {
      this.windowMs = nowMs;
      this.inWindow = 0;
    }
    this.inWindow += 1;
    if (this.inWindow > FLOOD_PER_SECOND) return "flood";
    this.tokens = Math.min(BURST, this.tokens + ((nowMs - this.filledMs) * MESSAGES_PER_SECOND) / 1_000);
    this.filledMs = nowMs;
    if (this.tokens < 1) return "refuse";
    this.tokens -= 1;
    return "pass";
  }
}
