// The thread in which strategies in Python are looked over, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import { sitDown } from "../../budget/account.ts";
import type { Seat } from "../../budget/board.ts";
import { checkPython } from "./check.ts";
import type { CheckRequest } from "./checker.ts";

const account = sitDown(workerData as Seat | null, true);
parentPort?.on("message", ({ id, code, beside }: CheckRequest) => {
  account?.skip();
  void checkPython(code, beside).then((checked) => {
    parentPort?.postMessage({ id, checked });
    account?.rest();
  });
});
