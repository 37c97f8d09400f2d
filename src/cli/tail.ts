// `strategy-engine tail`: what happens in a running engine, one line each as it comes: signals, alerts, deployments,
// executions, trades, backtests, what becomes of strategies. Connections that break are made again. Ends at Ctrl-C, or
// after --count. Unless somebody names channels, those are followed that the engine has: one of an earlier version has
// fewer. A channel that somebody has named and the engine does not know ends it with the reason.
import { Command, Option } from "commander";
import type { Item, LiveClient, LiveFailure } from "../client/client.ts";
import { EXTRA_CHANNELS } from "../domain/live-protocol.ts";
import { type EngineOptions, withEngine } from "./engine-address.ts";
import { NEWS, type NewsChannel, newsText } from "./event-text.ts";
import { followEngine, positive } from "./follow.ts";
import { print, tell } from "./text.ts";

interface Options extends EngineOptions {
  /** Without them all that the engine has. */
  readonly channels?: readonly NewsChannel[];
  readonly symbols?: readonly string[];
  readonly count?: number;
  readonly snapshot?: true;
  readonly json?: true;
}

const FILTERED: readonly NewsChannel[] = ["signals", "alerts", "trades"];
/** Not every engine has them. */
const EXTRA: ReadonlySet<string> = new Set(EXTRA_CHANNELS);

export function tailCommand(): Command {
  return withEngine(new Command("tail"))
    .description("follow what happens in a running engine, a line each")
    .addOption(
      new Option("-c, --channels <names...>", "only these (default: all that the engine has)").choices([...NEWS]),
    )
    .option("-s, --symbols <names...>", "of signals, alerts and trades only those of these symbols")
    .option("-n, --count <lines>", "end after so many", positive)
    .option("--snapshot", "begin with what there is: the last signals and trades, what is under way, open alerts")
    .option("--json", "one JSON object a line: channel and data as on the wire")
    .addHelpText(
      "after",
      `
The log of the process itself is what strategy-engine serve writes on its standard output.

Examples:
  strategy-engine tail
  strategy-engine tail --channels alerts pipeline
  strategy-engine tail --symbols BTCUSD --snapshot --count 20
  strategy-engine tail --json > events.ndjson`,
    )
    .action(async (options: Options) => {
      process.exitCode = await follow(options);
    });
}

function follow(options: Options): Promise<number> {
  return followEngine(options, async (client, end, greeted) => {
    let left = options.count ?? Infinity;
    const write = (line: string): void => {
      if (left-- > 0) print(line);
      if (left <= 0) end();
    };
    let why: LiveFailure | null = null;
    const followed = new Set<NewsChannel>();
    const read = async (channel: NewsChannel): Promise<void> => {
      followed.add(channel);
      const reason = await drain(client, channel, options, write);
      followed.delete(channel);
      if (reason === null || reason.code === "aborted" || isMissing(reason, options)) return;
      why ??= reason;
      end(); // the other channels would go on for ever, and nobody would know
    };
    // Each engine has these; an engine that comes later in the place of this one may have more.
    const reading = (options.channels ?? NEWS.filter((channel) => !EXTRA.has(channel))).map(read);
    if (options.channels === undefined)
      greeted((channels) => {
        for (const channel of NEWS)
          if (channels.includes(channel) && !followed.has(channel)) reading.push(read(channel));
      });
    for (const one of reading) await one;
    return why;
  });
}

/** Nobody has asked for this channel, and the engine that is there now does not have it. */
function isMissing(reason: LiveFailure, { channels }: Options): boolean {
  return channels === undefined && reason.code === "refused" && reason.error === "unknown_channel";
}

/** Everything of one channel, until it ends. */
async function drain(
  client: LiveClient,
  channel: NewsChannel,
  { symbols, snapshot, json }: Options,
  write: (line: string) => void,
): Promise<LiveFailure | null> {
  const filter = symbols !== undefined && FILTERED.includes(channel) ? { symbols } : {};
  const subscription = client.subscribe(channel, { filter, snapshot: snapshot === true });
  for await (const item of subscription) {
    if (item.kind === "gap") tell(`${channel}: something was missed and can no longer be had`);
    const now = item.kind === "update" ? new Date() : null;
    for (const data of dataOf(item))
      write(json === true ? JSON.stringify({ channel, data }) : newsText(channel, data, now));
  }
  return subscription.closed;
}

function dataOf<D>(item: Item<D>): readonly D[] {
  return item.kind === "gap" ? [] : item.kind === "update" ? [item.data] : item.data;
}
