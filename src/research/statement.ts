// What a statement and the caution beside it are made of, whoever ran: data with their hashes, the hash of a result, and
// what a careful reader should know. Pure.
import { createHash } from "node:crypto";
import type { Dataset } from "../history/history.ts";
import type { DataUsed, Outcome, Statement } from "./outcome.ts";

const FEW = 30;

export function dataUsed(datasets: readonly Dataset[]): readonly DataUsed[] {
  return datasets.map(({ id, symbol, source, synthetic, rows, from, to, hash }) => {
    return { dataset: id, symbol, source, synthetic, rows, from, to, hash };
  });
}

export function dataHashOf(data: readonly DataUsed[], span: Pick<Statement, "from" | "to">): string {
  const { from, to } = span;
  return sha256(JSON.stringify([data.map(({ dataset, hash }) => [dataset, hash]), { from, to }]));
}

/** Over trades and equity. */
export function resultHashOf(trades: Outcome["trades"], curve: Outcome["equity"]): string {
  // Piece by piece what JSON.stringify makes of the list, which may be longer than a text can be.
  const hash = createHash("sha256").update("[");
  trades.forEach((trade, at) => hash.update(at === 0 ? JSON.stringify(trade) : `,${JSON.stringify(trade)}`));
  hash.update("]");
  for (const column of [curve.time, curve.equity, curve.exposure])
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest("hex");
}

/** `moments`: how many of them one step of the curve stands for. */
export function warningsOf(
  datasets: readonly Dataset[],
  trades: number,
  steps: number,
  moments = 1,
): readonly string[] {
  const synthetic = datasets.some((one) => one.synthetic);
  const gaps = datasets.reduce((sum, { quality }) => sum + quality.gaps, 0);
  const splits = datasets.reduce((sum, { quality }) => sum + quality.splits.length, 0);
  return [
    ...(synthetic ? ["the data is synthetic: the result says nothing about a market"] : []),
    ...(gaps > 0 ? [`${gaps} bars are missing in the data`] : []),
    ...(splits > 0 ? [`prices move ${splits} times as a split would move them`] : []),
    ...(trades < FEW ? [`${trades} closed trades are few: figures of trades are hardly more than chance`] : []),
    ...(moments > 1 ? [`the curve has one step for ${moments} bars or minutes, because the run is long`] : []),
    ...(steps < FEW ? [`${steps} steps are too few for yearly figures`] : []),
  ];
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
