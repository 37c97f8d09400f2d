// The search that is killed and begun again: the same request for the process that dies and for the one that goes on.
import type { SearchRequest } from "../../../src/research/search/search.ts";

export function hillSearch(kind: "random" | "tpe", path: string | null, parallel = 3): SearchRequest {
  return {
    space: [
      { name: "x", low: -20, high: 20, scale: "linear", integer: true, step: 1 },
      { name: "y", low: 1e-4, high: 1, scale: "log", integer: false, step: 0 },
    ],
    method: { kind, trials: 60 },
    seed: 11,
    objective: { sharpe_ratio: 1 },
    constraints: {},
    parallel,
    ...(path === null ? {} : { file: { path, about: "hill" } }),
  };
}
