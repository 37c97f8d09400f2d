// A process of its own that searches over a file, slowly, until it is killed: search-writer.js KIND FILE MOST. So
// many trials come to their end; the next ones run for ever, so that the search never does.
import { setTimeout as wait } from "node:timers/promises";
import { search } from "../../../src/research/search/search.ts";
import { analytic, hill } from "./analytic.ts";
import { hillSearch } from "./hill-search.ts";

const FOR_EVER_MS = 1e9;

const [, , kind = "", path = "", most = ""] = process.argv;
let begun = 0;
const { evaluate } = analytic(hill, undefined, () => (++begun > Number(most) ? wait(FOR_EVER_MS) : wait(15)));
await search(evaluate, hillSearch(kind === "tpe" ? "tpe" : "random", path));
process.stdout.write("finished\n");
