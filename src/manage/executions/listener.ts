// What is told of executions, and who is told: the desk, the sockets, the pipeline. Main thread.
import type { TradeRecord } from "../../store/executions.ts";
import type { OrderRecord } from "../../store/orders.ts";
import type { Position } from "../orders/orders.ts";
import type { Execution } from "./entry.ts";
import type { VenueSetback } from "./messages.ts";

export type ExecutionEvent = "started" | "updated" | "paused" | "resumed" | "stopped" | "error";
export interface ExecutionListener {
  onExecution?(event: ExecutionEvent, execution: Execution): void;
  onTrade?(execution: Execution, trade: TradeRecord): void;
  /** It came, moved to another state or was changed as it stands. */
  onOrder?(order: OrderRecord): void;
  /** Its quantity changed; 0: there is none any more. */
  onPosition?(position: Position): void;
  /** A real venue did not execute what was to leave a position. */
  onSetback?(execution: Execution, setback: VenueSetback): void;
  /** Every ten seconds, for each that runs. */
  onFigures?(execution: Execution): void;
  /** A limit was reached: it is paused, and so should its strategy be. */
  onBreach?(execution: Execution, reason: string): void;
  /** A version that shared its symbols failed; they are the deployed one's now. */
  onOut?(execution: Execution, version: string, reason: string): void;
  /** It failed: it is in error, and so should its strategy be. */
  onFault?(execution: Execution, reason: string): void;
}
