// Live trading: /venue.
import { count, time } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { exactly, list, nullable, object, oneOf, optional, text } from "./schema.ts";

const STATES = ["off", "connecting", "reconciling", "ready", "away", "dispute", "halted"] as const;

const venue = object(
  {
    state: oneOf(STATES, "Orders leave in the state ready only."),
    venue: nullable(text("Where they go; null while live trading is off.", { examples: ["redis"] })),
    reason: nullable(text("Why none leaves; null when they may.", { examples: ["the venue redis is away"] })),
    disputes: list(
      text("One difference.", { examples: ["position in BTCUSD: 2 here, 7 at the venue"] }),
      "In what engine and venue disagree.",
    ),
    open_orders: count("Orders there that are not over."),
    reconciled_at: nullable(time("When both were compared last; null: not yet.")),
    ignored_updates: count("What the venue told of orders that are not of this engine, or in words that are none."),
  },
  { title: "Venue" },
);

export const getVenue = endpoint({
  method: "GET",
  path: "/venue",
  tag: "venue",
  summary: "Where real orders go",
  description: "And whether engine and venue agree.",
  answer: venue,
});

export const reconcileVenue = endpoint({
  method: "POST",
  path: "/venue/reconcile",
  tag: "venue",
  summary: "Compares engine and venue",
  description:
    "Orders, fills and positions, at once. `accept: venue` takes the venue's word first: its positions become the " +
    "engine's, foreign orders that are open there may stay, missing fills are waited for no longer. Who said so is in " +
    "the audit trail. 409 while live trading is off or the venue does not answer.",
  body: object({ accept: optional(exactly("venue", "The venue is right.")) }),
  answer: venue,
  errors: ["conflict", "storage_unavailable"],
  idempotent: true,
});
