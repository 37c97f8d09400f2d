// What a Dockerfile of ours says, as data: its stages with their steps in order, and what a COPY takes from a folder.
// Only what our Dockerfile uses; anything else is a failure that names it, so that a proof cannot skip a step silently.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ word: string, text: string }} Step */
/** @typedef {{ name: string, base: string, steps: Step[] }} Stage */

const KNOWN = ["RUN", "COPY", "WORKDIR", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"];

/** @returns {Stage[]} */
export function stagesOf(/** @type {string} */ text) {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  /** @type {Stage[]} */
  const stages = [];
  for (const line of lines) {
    const [, word = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === "FROM") {
      const [, base = "", name = ""] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      stages.push({ name: name === "" ? `${stages.length}` : name, base, steps: [] });
    } else if (KNOWN.includes(word) && stages.length > 0) stages.at(-1)?.steps.push({ word, text: rest });
    else throw new Error(`the Dockerfile has a step that the proof does not know: ${line}`);
  }
  return stages;
}

/** Where a COPY takes from (another stage, or null for the folder), what, and where to. */
export function copyOf(/** @type {string} */ text) {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length) ?? null;
  const paths = words.filter((word) => !word.startsWith("--"));
  return { from, sources: paths.slice(0, -1), to: paths.at(-1) ?? "" };
}

/** Words of ENTRYPOINT or CMD in their JSON form. */
export function wordsOf(/** @type {Stage} */ stage, /** @type {string} */ word) {
  const step = stage.steps.findLast((one) => one.word === word);
  return step === undefined ? [] : JSON.parse(step.text);
}

/** NAME=value pairs of ENV. */
export function environmentOf(/** @type {Stage} */ stage) {
  const pairs = stage.steps.filter(({ word }) => word === "ENV").flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

/** Names in `folder` that a pattern with stars in its last part means; a name with a star may mean none. */
export function expand(/** @type {string} */ folder, /** @type {string} */ pattern) {
  const [parent, last] = [pattern.split("/").slice(0, -1).join("/"), pattern.split("/").at(-1) ?? ""];
  if (!last.includes("*")) return [pattern];
  const shape = new RegExp(`^${last.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
  const names = readdirSync(join(folder, parent)).filter((name) => shape.test(name));
  return names.sort().map((name) => (parent === "" ? name : `${parent}/${name}`));
}

/** Whether .dockerignore keeps a path of the folder out of what the build sees. */
export function ignored(/** @type {string} */ root) {
  const patterns = readFileSync(join(root, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const shapes = patterns.map((pattern) => {
    const body = pattern
      .replaceAll(".", "\\.")
      .replaceAll("**/", "(?:.*/)?")
      .replaceAll(/(?<!\.)\*/g, "[^/]*");
    return new RegExp(`^${body}(?:/|$)`);
  });
  return (/** @type {string} */ path) => shapes.some((shape) => shape.test(path));
}
