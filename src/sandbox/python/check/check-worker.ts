// The thread in which strategies in Python are looked over, one after the other.
import { parentPort } from "node:worker_threads";
import { checkPython } from "./check.ts";
import type { CheckRequest } from "./checker.ts";

parentPort?.on("message", ({ id, code }: CheckRequest) => {
  void checkPython(code).then((checked) => parentPort?.postMessage({ id, checked }));
});
