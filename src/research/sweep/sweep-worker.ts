// A thread of a sweep: runs the pieces that it is sent over the shared tape, in its own arena, and sends the results back.
import { parentPort, workerData } from "node:worker_threads";
import { FastPath } from "./fast-path.ts";
import { runPiece, type SweepPiece, type SweepWorkerData } from "./piece.ts";
import { ruleOf } from "./rules.ts";

const { module, worker, rule: name, capital, ...memory } = workerData as SweepWorkerData;
const path = new FastPath(module, memory, worker);
parentPort?.on("message", (piece: SweepPiece) => {
  const rule = ruleOf(name);
  if (rule === undefined) throw new Error(`${name} is no rule`);
  parentPort?.postMessage(runPiece(path, rule, piece, capital));
});
