// A process of its own that searches over a file, slowly, until it is killed: search-writer.js KIND FILE.
import { setTimeout as wait } from "node:timers/promises";
import { search } from "../../../src/research/search/search.ts";
import { analytic, hill } from "./analytic.ts";
import { hillSearch } from "./hill-search.ts";

const [, , kind = "", path = ""] = process.argv;
const { evaluate } = analytic(hill, undefined, () => wait(15));
await search(evaluate, hillSearch(kind === "tpe" ? "tpe" : "random", path));
process.stdout.write("finished\n");
