// What the commands that follow a running engine share (`signals`, `tail`): the client over the socket, which connects
// again by itself and says so on stderr, as it says what it listens to and which names the engine does not know, Ctrl-C and
// SIGTERM, and how it ended.
import { InvalidArgumentError } from "commander";
import { WebSocket } from "ws";
import { LiveClient, type LiveFailure, type LiveState, RestClient } from "../client/client.ts";
import { seen } from "../domain/seen.ts";
import { type EngineAddress, engineAt, type EngineOptions, explainEnd, explainWaiting } from "./engine-address.ts";
import { unknownStrategies, unknownSymbols } from "./known-names.ts";
import { complain, tell } from "./text.ts";

/** Ends as if somebody had pressed Ctrl-C. */
type End = () => void;
/** Hands on which channels the engine has, at every connection; from before the first one on. */
type Greeted = (listener: (channels: readonly string[]) => void) => void;
/** Why what was followed ended; null: nobody was cut off. */
type Reason = LiveFailure | null;

/** What is followed, so that somebody who hears nothing knows what he listens to. */
export interface Followed {
  readonly symbols?: readonly string[];
  readonly strategies?: readonly string[];
}

/** Runs `read` until it is done, the engine refuses or somebody ends it; the exit code of the command. */
export async function followEngine(
  options: EngineOptions & Followed,
  read: (client: LiveClient, end: End, greeted: Greeted) => Promise<Reason>,
): Promise<number> {
  const engine = engineAt(options);
  if (!engine.ok) return refuse(engine.failure);
  const interrupted = new AbortController();
  const over = new AbortController();
  const end = (): void => interrupted.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  let onChannels: (channels: readonly string[]) => void = () => undefined;
  const client = new LiveClient({
    ...engine.value,
    WebSocket,
    signal: interrupted.signal,
    onChannels: (channels) => onChannels(channels),
    onState: teller(engine.value.url, options, () => void tellUnknown(engine.value, options, over.signal)),
  });
  const failure = await read(client, end, (listener) => (onChannels = listener));
  client.close();
  over.abort();
  return failure === null || failure.code === "aborted" ? 0 : refuse(explainEnd(failure));
}

/** Says once that there is no connection, however often it is tried, and that there is one again. */
function teller(url: string, followed: Followed, onFirst: () => void): (state: LiveState) => void {
  let before = false;
  let told = false;
  return (state) => {
    if (state === "waiting" && !told) {
      tell(explainWaiting(url, before));
      told = true;
    }
    if (state !== "open") return;
    if (told) tell(`connected to ${url}`);
    else if (!before) tell(`listening to ${url}${onlyFor(followed)}`);
    if (!before) onFirst();
    before = true;
    told = false;
  };
}

function onlyFor({ symbols = [], strategies = [] }: Followed): string {
  const names = [...strategies, ...symbols];
  return names.length === 0 ? "" : seen(` for ${names.join(", ")}`);
}

async function tellUnknown(
  engine: EngineAddress,
  { symbols = [], strategies = [] }: Followed,
  signal: AbortSignal,
): Promise<void> {
  const asking = { client: new RestClient(engine), signal };
  for (const fault of await unknownStrategies(asking, strategies)) tell(fault);
  for (const fault of await unknownSymbols(asking, symbols)) tell(fault);
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
