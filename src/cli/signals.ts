// `strategy-engine signals` (or `watch`): prints the signals of a running engine as they come, one a line, over the
// published client: connections that break are made again and what was missed is fetched. Ends at Ctrl-C, or after --count.
import { Command, InvalidArgumentError, Option } from "commander";
import type { Filter, Gap, Item, WireSignal } from "../client/client.ts";
import { FAMILIES, TIERS, type Family, type Tier } from "../domain/strategies.ts";
import { type EngineOptions, withEngine } from "./engine-address.ts";
import { signalText, timeOf } from "./event-text.ts";
import { followEngine, positive } from "./follow.ts";
import { print, tell } from "./text.ts";

interface Choices extends EngineOptions {
  readonly symbols?: readonly string[];
  readonly strategies?: readonly string[];
  readonly families?: readonly Family[];
  readonly tiers?: readonly Tier[];
  readonly minConfidence?: number;
  readonly count?: number;
  readonly snapshot?: true;
  readonly json?: true;
}

export function signalsCommand(): Command {
  return withEngine(new Command("signals"))
    .alias("watch")
    .description("print the signals of a running engine as they come")
    .option("-s, --symbols <names...>", "only these symbols")
    .option("-t, --strategies <names...>", "only these strategies, by name or id")
    .addOption(new Option("-f, --families <names...>", "only these families").choices([...FAMILIES]))
    .addOption(new Option("--tiers <names...>", "only these tiers").choices([...TIERS]))
    .option("--min-confidence <share>", "only with at least this confidence, 0 to 1", share)
    .option("-n, --count <signals>", "end after so many", positive)
    .option("--snapshot", "begin with the last hundred that match")
    .option("--json", "one JSON object a line, as on the wire")
    .addHelpText(
      "after",
      `
Examples:
  strategy-engine signals
  strategy-engine signals --symbols BTCUSD ETHUSD --strategies momentum_rider --min-confidence 0.5
  strategy-engine signals --json --count 10 > signals.ndjson`,
    )
    .action(async (choices: Choices) => {
      process.exitCode = await show(choices);
    });
}

function show(choices: Choices): Promise<number> {
  const { count = Infinity, snapshot = false } = choices;
  return followEngine(choices, async (client) => {
    const subscription = client.subscribe("signals", { filter: filterOf(choices), snapshot });
    let left = count;
    for await (const item of subscription) {
      for (const line of linesOf(item, choices.json === true).slice(0, left)) print(line);
      left -= item.kind === "update" ? 1 : item.kind === "snapshot" ? item.data.length : 0;
      if (left <= 0) break;
    }
    return subscription.closed;
  });
}

function filterOf({ symbols, strategies, families, tiers, minConfidence }: Choices): Filter {
  return {
    ...(symbols === undefined ? {} : { symbols }),
    ...(strategies === undefined ? {} : { strategies }),
    ...(families === undefined ? {} : { families }),
    ...(tiers === undefined ? {} : { tiers }),
    ...(minConfidence === undefined ? {} : { min_confidence: minConfidence }),
  };
}

function linesOf(item: Item<WireSignal>, json: boolean): readonly string[] {
  if (item.kind === "gap") {
    tell(explainGap(item));
    return [];
  }
  const signals = item.kind === "update" ? [item.data] : item.data;
  return signals.map((signal) => (json ? JSON.stringify(signal) : asText(signal)));
}

function explainGap({ reason, fromSeq, toSeq }: Gap): string {
  if (reason === "epoch_changed") return "the engine was started again; what it had not sent before is gone";
  return `signals ${fromSeq} to ${toSeq ?? "?"} can no longer be had`;
}

function asText(signal: WireSignal): string {
  return `${timeOf(signal)}  ${signalText(signal)}`;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("It is a number from 0 to 1.");
  return value;
}
