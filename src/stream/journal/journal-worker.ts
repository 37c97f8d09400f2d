// The journal's thread: the loop of journal-loop.ts, which sleeps between its passes, over the port to main and with
// the clocks of this machine.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { JournalLoop } from "./journal-loop.ts";
import type { JournalWorkerData, SnapshotRequest } from "./messages.ts";

if (parentPort === null) throw new Error("this file runs as a thread");
const port: MessagePort = parentPort;

function receive(): SnapshotRequest | undefined {
  const received: { readonly message: SnapshotRequest } | undefined = receiveMessageOnPort(port);
  return received?.message;
}

new JournalLoop(
  workerData as JournalWorkerData,
  { post: (message) => port.postMessage(message, message.kind === "snapshot" ? [message.room] : []), receive },
  { monotonicMs: () => performance.now(), wallUs: () => Date.now() * 1000 },
).run();
