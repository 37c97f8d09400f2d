// Settings and feature flags at run time: /config, /feature-flags.
import { count, done, keptText, page, pageOf, symbol, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { anyObject, defaulted, dictionary, flag, list, number, object, optional, text } from "./schema.ts";

const component = text("Part of the engine that the settings are for.", {
  pattern: "^[a-z][a-z0-9_]{0,63}$",
  "x-must": "be 1 to 64 characters of a-z 0-9 _ and begin with a letter",
  examples: ["thresholds"],
});
const value = anyObject("Any JSON object.", { examples: [{ min_signal_quality: 0.1 }] });
const setting = titled("ConfigValue", object({ component, value, updated_at: time("When it was set.") }));

export const getConfig = endpoint({
  method: "GET",
  path: "/config",
  tag: "configuration",
  summary: "All settings",
  description: "By component. thresholds, tiers and risk are always there.",
  answer: object({
    config: dictionary(value, "By component.", { examples: [{ thresholds: { min_signal_quality: 0.1 } }] }),
  }),
});

export const getComponentConfig = endpoint({
  method: "GET",
  path: "/config/{component}",
  tag: "configuration",
  summary: "Settings of one component",
  description: "404 when nothing was ever set for it.",
  params: { component },
  answer: setting,
});

export const putComponentConfig = endpoint({
  method: "PUT",
  path: "/config/{component}",
  tag: "configuration",
  summary: "Sets the settings of a component",
  description:
    "thresholds, tiers and risk take effect at once: their fields that are left out stay as they are, and others are " +
    "refused. Any other name is kept as it is given, for those who read it.",
  params: { component },
  body: value,
  answer: setting,
  errors: ["conflict", "storage_unavailable"],
});

const flagName = text("Name of a flag.", {
  pattern: "^[a-z][a-z0-9_-]{0,63}$",
  "x-must": "be 1 to 64 characters of a-z 0-9 _ - and begin with a letter",
  examples: ["new_sizing"],
});

const flagFields = {
  enabled: flag("Whether it is on."),
  rollout_percent: number("Share of those asked for whom it is on.", { minimum: 0, maximum: 100, examples: [25] }),
  description: keptText("What it switches.", { maxLength: 1024, examples: ["New sizing of positions"] }),
};
const gated = {
  strategies: list(
    text("Id of a strategy, or name of one of the 18.", { minLength: 1, maxLength: 128, examples: ["momentum_rider"] }),
    "Whom it gates: they open positions only where it is on. Empty: nobody, and then no symbols either. Left out: whom " +
      "it gated before, nobody where it is new. 422 where nobody has the name.",
    {
      maxItems: 100,
    },
  ),
  symbols: list(
    symbol,
    "On which symbols it gates them; on others it says nothing. Empty: all. Left out: as before, all where it is new.",
    { maxItems: 1000 },
  ),
};
const featureFlag = titled(
  "FeatureFlag",
  object({
    name: flagName,
    ...flagFields,
    ...gated,
    from_sequence: count("The first event of the stream that it counts for as it is."),
    updated_at: time("When it was last set."),
  }),
);

export const listFlags = endpoint({
  method: "GET",
  path: "/feature-flags",
  tag: "configuration",
  summary: "Feature flags",
  description: "Newest first; one that is set again keeps its place.",
  query: page,
  answer: pageOf("feature_flags", featureFlag),
});

export const putFlag = endpoint({
  method: "PUT",
  path: "/feature-flags/{name}",
  tag: "configuration",
  summary: "Sets a flag",
  description:
    "Makes it when there is none of the name. With strategies it is a gate: of them, the share of their symbols for " +
    "which it is on is where they may open positions, from the next event on. strategies and symbols that are left " +
    "out stay as they are: only an empty list takes a gate away.",
  params: { name: flagName },
  body: object({
    enabled: flagFields.enabled,
    rollout_percent: defaulted(flagFields.rollout_percent, 100),
    description: defaulted(flagFields.description, ""),
    strategies: optional(gated.strategies),
    symbols: optional(gated.symbols),
  }),
  answer: featureFlag,
  errors: ["conflict", "storage_unavailable"],
});

export const deleteFlag = endpoint({
  method: "DELETE",
  path: "/feature-flags/{name}",
  tag: "configuration",
  summary: "Removes a flag",
  description: "Whoever asks for it finds it off.",
  params: { name: flagName },
  answer: object({ status: done("deleted"), name: flagName }),
  errors: ["storage_unavailable"],
});
