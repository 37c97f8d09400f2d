// A thread of executions. Rows of its feed one after the other, letters between two of them, news in batches; with nothing
// to do it sleeps in the shared memory until it is woken. It asks the system for a lower priority than those that take
// the market in. What it is done with is settled only after it was told, so that a thread that comes after this one
// begins where the last news ended.
import { setPriority } from "node:os";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Board } from "../risk/board.ts";
import { type Account, ownThread, type Seat, sitDown } from "../../sandbox/sandbox.ts";
import { FeedReader } from "./feed-ring.ts";
import { Host } from "./host.ts";
import type { Letter, News } from "./messages.ts";

export interface ExecutionWorkerData {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
  /** It takes the place of a thread that was lost: no row is taken before it knows that one's executions. */
  readonly held: boolean;
  /** Of the budget over all users' code; null: it is not counted. */
  readonly seat: Seat | null;
  /** The board of limits and the slot in which it claims; null: its orders keep none. */
  readonly limits: { readonly board: SharedArrayBuffer; readonly slot: number } | null;
}

const NICE = 10;
const SLICE = 256;
const TELL_MS = 20;
const SETTLE_ROWS = 4_096;
const SLEEP_MS = 200;

const { memory, port, held, seat, limits } = workerData as ExecutionWorkerData;
const reader = new FeedReader(memory);
const account = sitDown(seat, false);
const board = limits === null ? null : new Board(limits.board, limits.slot);
const host = new Host(reader, (news) => port.postMessage(news satisfies News), held, board);
let told = performance.now();
let untold = 0;
let closed = false;
let halted = false;
let limitsSeen = 0;

yieldToOthers();
await run();
port.close();

async function run(): Promise<void> {
  while (!closed) {
    reader.alive();
    letters();
    const rows = host.holding > 0 ? 0 : Math.min(reader.waiting(), SLICE);
    for (let row = 0; row < rows && !closed; row++) {
      reader.alive();
      letters();
      stopped();
      host.row();
      untold++;
      if (account?.busy === true) await rested(account);
    }
    stopped();
    const idle = reader.waiting() === 0;
    if (idle || untold >= SETTLE_ROWS || performance.now() - told >= TELL_MS) tell();
    if (host.opening > 0) await new Promise((resolve) => setImmediate(resolve));
    else if (idle && !closed) {
      reader.sleep(SLEEP_MS);
      if (reader.waiting() === 0) host.rest();
    }
  }
  tell();
}

/** What users' programs have had too much of the processor is slept off; letters and stops are seen meanwhile. */
async function rested(account: Account): Promise<void> {
  for (let owed = account.due(); owed > 0 && !closed; owed = account.nap(owed)) {
    reader.alive();
    letters();
    stopped();
    if (performance.now() - told >= TELL_MS) tell();
    if (host.opening > 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The emergency stop, and what risk lets through, are seen at the next event, before it fills anything. */
function stopped(): void {
  if (board === null) return;
  if (board.halted !== halted) {
    halted = !halted;
    if (halted) host.takeBack();
  }
  const { version } = board;
  if (version === limitsSeen) return;
  limitsSeen = version;
  host.restrain();
}

function letters(): void {
  if (!reader.mail()) return;
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    const letter = next.message as Letter;
    if (letter.kind === "close") closed = true;
    else host.letter(letter);
  }
}

function tell(): void {
  const batch = host.batch();
  if (batch !== null) port.postMessage(batch, [batch.steps.buffer as ArrayBuffer]);
  if (untold > 0) reader.settle();
  untold = 0;
  told = performance.now();
}

/** On Linux threads have priorities of their own; elsewhere the thread stays as it is. */
function yieldToOthers(): void {
  try {
    const thread = ownThread();
    reader.runsIn(thread);
    if (thread > 0) setPriority(thread, NICE);
  } catch {
    // Not allowed: it then shares the processor as an equal.
  }
}
