// `strategy-engine top`: how a running engine is, redrawn in place until q or Ctrl-C. Where the output is no terminal, or
// with --once, one picture and the end. Exit code 1 when no engine answers at the beginning.
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { explainFailure, RestClient } from "../../client/client.ts";
import { engineAt, type EngineOptions, explainAt, withEngine } from "../engine-address.ts";
import { complain, print, styled } from "../text.ts";
import { draw, type Screen } from "./draw.ts";
import { look, type Look } from "./look.ts";

interface Options extends EngineOptions {
  readonly once?: true;
  readonly interval: number;
}

const INTERVAL_S = 1;
const INTERVAL_MAX_S = 3_600;
const MS_PER_S = 1_000;
/** q, Q, and Ctrl-C, which is a key like others while the keyboard is ours. */
const END_KEYS = [113, 81, 3];
/** Of a terminal that does not say. */
const [WIDTH, HEIGHT] = [80, 25];
/** Other screen, no cursor; and back. */
const [ENTER, LEAVE] = ["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"];
const [HOME, END_OF_LINE, REST] = ["\u001b[H", "\u001b[K", "\u001b[J"];

export function topCommand(): Command {
  return withEngine(new Command("top"))
    .description("watch how a running engine is: health, tiers, ticks and signals, queues, memory")
    .option("-i, --interval <seconds>", "time between two looks", seconds, INTERVAL_S)
    .option("--once", "two looks, one picture, the end; also where the output is no terminal")
    .addHelpText(
      "after",
      `
q or Ctrl-C ends it. Rates are those between two looks.

Examples:
  strategy-engine top
  strategy-engine top --url https://engine.example --api-key ... --interval 5
  strategy-engine top --once | head -1`,
    )
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run(options: Options): Promise<number> {
  const engine = engineAt(options);
  if (!engine.ok) return refuse(engine.failure);
  const { url } = engine.value;
  const client = new RestClient(engine.value);
  const first = await look(client);
  if (!first.ok) return refuse(explainAt(url, first.failure));
  const ms = options.interval * MS_PER_S;
  if (process.stdout.isTTY && options.once !== true) return watch(client, url, first.value, ms);
  await sleep(ms);
  const second = await look(client);
  if (!second.ok) return refuse(explainAt(url, second.failure));
  const size = { width: process.stdout.isTTY ? process.stdout.columns || WIDTH : Infinity, height: Infinity };
  print(draw({ url, now: second.value, before: first.value, lost: null, paint: styled, ...size }).join("\n"));
  return 0;
}

async function watch(client: RestClient, url: string, first: Look, ms: number): Promise<number> {
  const end = new AbortController();
  const leave = listen(() => end.abort());
  let [now, before, lost]: [Look, Look | null, string | null] = [first, null, null];
  const redraw = (): void => show({ url, now, before, lost, paint: styled, ...size() });
  process.stdout.write(ENTER);
  process.stdout.on("resize", redraw);
  try {
    while (!end.signal.aborted) {
      redraw();
      await sleep(ms, undefined, { signal: end.signal });
      const next = await look(client, end.signal);
      if (next.ok) [before, now, lost] = [now, next.value, null];
      else if (next.failure.code !== "aborted") lost = explainFailure(next.failure);
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    process.stdout.off("resize", redraw);
    process.stdout.write(LEAVE);
    leave();
  }
  return 0;
}

function size(): Pick<Screen, "width" | "height"> {
  return { width: process.stdout.columns || WIDTH, height: (process.stdout.rows || HEIGHT) - 1 };
}

/** Written over what is there: a cleared screen would flicker. */
function show(screen: Screen): void {
  const lines = draw(screen).map((line) => `${line}${END_OF_LINE}\n`);
  process.stdout.write(`${HOME}${lines.join("")}${REST}`);
}

/** Calls back for q, Ctrl-C and the signals that end a command; what is returned gives the keyboard back. */
function listen(onEnd: () => void): () => void {
  const { stdin } = process;
  const onKey = (bytes: Buffer): void => {
    if (bytes.some((key) => END_KEYS.includes(key))) onEnd();
  };
  process.once("SIGINT", onEnd).once("SIGTERM", onEnd);
  if (!stdin.isTTY) return () => undefined;
  stdin.setRawMode(true);
  stdin.on("data", onKey);
  return () => {
    stdin.setRawMode(false);
    stdin.off("data", onKey);
    stdin.pause();
  };
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= INTERVAL_MAX_S))
    throw new InvalidArgumentError(`It is a number of seconds, above 0 and at most ${INTERVAL_MAX_S}.`);
  return value;
}
