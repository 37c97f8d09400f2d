// How the versions of a strategy share its symbols: /strategies/{id}/traffic.
import { strategyId, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { dictionary, number, object } from "./schema.ts";
import { version } from "./strategies.ts";

const weights = dictionary(number("Weight.", { minimum: 0 }), "Weight by version.", {
  propertyNames: { ...version },
  minProperties: 1,
  examples: [{ "1.0.0": 9, "1.1.0": 1 }],
});
const traffic = titled("Traffic", object({ strategy_id: strategyId, versions: weights }));

export const getTraffic = endpoint({
  path: "/strategies/{strategy_id}/traffic",
  tag: "strategies",
  params: { strategy_id: strategyId },
  method: "GET",
  summary: "Weights of the versions in force",
  description: "A symbol stays with its version: the choice hangs on the symbol's hash.",
  answer: traffic,
});
export const putTraffic = endpoint({
  path: "/strategies/{strategy_id}/traffic",
  tag: "strategies",
  params: { strategy_id: strategyId },
  method: "PUT",
  summary: "Sets the weights of versions",
  description:
    "Versions that are not named get nothing. Each must have been deployed; in force between two events, until the next " +
    "deployment or rollback. 409 while a deployment is under way.",
  body: object({ versions: weights }),
  answer: traffic,
  errors: ["conflict", "storage_unavailable"],
});
