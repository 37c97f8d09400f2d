// Reports of a finished run: the JSON document that keeps it, tables for other programs, the page for people.
export { costSums } from "./cost-sums.ts";
export { drawdownOf, histogram } from "./curves.ts";
export { headline } from "./headline.ts";
export { monthlyReturns } from "./months.ts";
export { tearsheet } from "./page/page.ts";
export { readResult, type ResultFile, writeResult } from "./result-file.ts";
export { writeStudy } from "./study-json.ts";
export { csv, equityTable, parquet, tradeTable } from "./tables.ts";
export { verdictFields } from "./verdict-json.ts";
