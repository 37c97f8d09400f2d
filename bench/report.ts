// `npm run bench:report`: draws bench/baseline/history as a page, build/out/bench-report.html.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readHistories } from "./history.ts";
import { reportPage } from "./report-page.ts";

const HISTORY = fileURLToPath(new URL("../../../bench/baseline/history/", import.meta.url));
const PAGE = fileURLToPath(new URL("../bench-report.html", import.meta.url));

const histories = readHistories(HISTORY);
writeFileSync(PAGE, reportPage(histories));
for (const [machine, days] of histories)
  console.log(`${machine}: ${days.length} days, the last is ${days.at(-1)?.date}`);
console.log("drawn in build/out/bench-report.html");
