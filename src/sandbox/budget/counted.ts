// A program whose memory and time count: looked at every few events, the more seldom the cheaper they are. What it holds is
// given back when it is closed or has failed. One that grows beyond what all may have together fails; the others go on.
import { failed, type Result } from "../../domain/result.ts";
import type { Program, Usage } from "../running.ts";
import type { Decision, MarketEvent, StrategyFault } from "../strategy-module.ts";
import type { Account } from "./account.ts";

const SELDOM = 64;
const CHEAP_MS = 1;

export class CountedProgram implements Program {
  private readonly program: Program;
  private readonly account: Account;
  private held: number;
  private closed = false;
  private spent: StrategyFault | null = null;
  private stride = 1;
  private events = 0;
  private looked = 0;

  /** `held`: what is counted for it already. */
  constructor(program: Program, account: Account, held: number) {
    this.program = program;
    this.account = account;
    this.held = held;
    account.opened();
  }

  get bytes(): number {
    return this.program.bytes;
  }

  decide(event: MarketEvent): Result<Decision | null, StrategyFault> {
    if (this.spent !== null) return failed(this.spent);
    const decided = this.program.decide(event);
    if (!decided.ok) this.close();
    else if (++this.events >= this.stride) this.look();
    return this.spent === null ? decided : failed(this.spent);
  }

  usage(): Usage | undefined {
    return this.program.usage?.();
  }

  close(): void {
    this.program.close();
    if (this.closed) return;
    this.closed = true;
    this.account.closed(this.held);
  }

  private look(): void {
    this.events = 0;
    const now = performance.now();
    this.stride = now - this.looked > CHEAP_MS ? 1 : Math.min(SELDOM, 2 * this.stride);
    const { bytes } = this.program;
    const by = bytes - this.held;
    this.held = bytes;
    this.heed(by === 0 ? this.account.crowdedOut() : this.account.grown(by));
    this.account.rest();
    this.looked = performance.now();
  }

  private heed(refused: string | null): void {
    if (refused === null || this.closed) return;
    this.spent = { kind: "out_of_memory", message: refused, line: null, column: null };
    this.close();
  }
}
