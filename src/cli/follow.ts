// What the commands that follow a running engine share (`signals`, `tail`): the client over the socket, which connects
// again by itself and says so on stderr, Ctrl-C and SIGTERM, and how it ended.
import { InvalidArgumentError } from "commander";
import { WebSocket } from "ws";
import { LiveClient, type LiveFailure, type LiveState } from "../client/client.ts";
import { engineAt, type EngineOptions, explainEnd, explainWaiting } from "./engine-address.ts";
import { complain, tell } from "./text.ts";

/** Ends as if somebody had pressed Ctrl-C. */
type End = () => void;
/** Why what was followed ended; null: nobody was cut off. */
type Reason = LiveFailure | null;

/** Runs `read` until it is done, the engine refuses or somebody ends it; the exit code of the command. */
export async function followEngine(
  options: EngineOptions,
  read: (client: LiveClient, end: End) => Promise<Reason>,
): Promise<number> {
  const engine = engineAt(options);
  if (!engine.ok) return refuse(engine.failure);
  const interrupted = new AbortController();
  const end = (): void => interrupted.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const client = new LiveClient({
    ...engine.value,
    WebSocket,
    signal: interrupted.signal,
    onState: teller(engine.value.url),
  });
  const failure = await read(client, end);
  client.close();
  return failure === null || failure.code === "aborted" ? 0 : refuse(explainEnd(failure));
}

/** Says once that there is no connection, however often it is tried, and that there is one again. */
function teller(url: string): (state: LiveState) => void {
  let before = false;
  let told = false;
  return (state) => {
    if (state === "waiting" && !told) {
      tell(explainWaiting(url, before));
      told = true;
    }
    if (state !== "open") return;
    if (told) tell(`connected to ${url}`);
    before = true;
    told = false;
  };
}

/** How many somebody wants to see. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It is an integer from 1 on.");
  return value;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
