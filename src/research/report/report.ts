// Reports of a finished run: the JSON document that keeps it, tables for other programs, the page for people.
export { readResult, type ResultFile, writeResult } from "./result-file.ts";
