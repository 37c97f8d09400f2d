// The options of `strategy-engine sweep` as commander hands them over. Times in microseconds.
export interface Options {
  readonly grid: readonly string[];
  readonly range: readonly string[];
  readonly set: readonly string[];
  readonly random?: number;
  readonly tpe?: number;
  readonly seed: number;
  readonly objective: string;
  readonly maxDrawdown?: number;
  readonly minTrades?: number;
  readonly symbols: readonly string[];
  readonly intervalMs?: number;
  readonly barMs?: number;
  readonly from?: number;
  readonly to?: number;
  readonly capital: number;
  readonly workers?: number;
  readonly prescreen?: number;
  readonly trials?: string;
  readonly most: number;
  readonly top: number;
  readonly json?: boolean;
  readonly out?: string;
  readonly result?: string;
  readonly halving?: number;
  readonly config?: string;
}
