// `strategy-engine tail`: what happens in a running engine, one line each as it comes: signals, alerts, deployments,
// executions, trades, backtests. Connections that break are made again. Ends at Ctrl-C, or after --count.
import { Command, Option } from "commander";
import type { Item, LiveClient, LiveFailure } from "../client/client.ts";
import { type EngineOptions, withEngine } from "./engine-address.ts";
import { NEWS, type NewsChannel, newsText } from "./event-text.ts";
import { followEngine, positive } from "./follow.ts";
import { print, tell } from "./text.ts";

interface Options extends EngineOptions {
  readonly channels: readonly NewsChannel[];
  readonly symbols?: readonly string[];
  readonly count?: number;
  readonly snapshot?: true;
  readonly json?: true;
}

const FILTERED: readonly NewsChannel[] = ["signals", "alerts", "trades"];

export function tailCommand(): Command {
  return withEngine(new Command("tail"))
    .description("follow what happens in a running engine, a line each")
    .addOption(new Option("-c, --channels <names...>", "only these").choices([...NEWS]).default(NEWS, "all of them"))
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
  return followEngine(options, async (client, end) => {
    let left = options.count ?? Infinity;
    const write = (line: string): void => {
      if (left-- > 0) print(line);
      if (left <= 0) end();
    };
    const refused = (one: LiveFailure | null): boolean => one !== null && one.code !== "aborted";
    const reasons = await Promise.all(
      options.channels.map(async (channel) => {
        const reason = await drain(client, channel, options, write);
        if (refused(reason)) end(); // the other channels would go on for ever, and nobody would know
        return reason;
      }),
    );
    return reasons.find(refused) ?? null;
  });
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
