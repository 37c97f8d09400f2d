// What a project sets and nothing reads, a line each on stderr: a misspelt limit guards nothing, and is no fault either,
// for what stands in strategy.json may be the author's own.
import { seen } from "../../domain/seen.ts";
import {
  limitUnread,
  parameterUnread,
  type Spellings,
  unread,
  unreadLimits,
  unreadParameters,
} from "../../domain/unread.ts";
import { styled, tell } from "../text.ts";
import { type Project, SETTINGS, SETTINGS_FILE } from "./project.ts";

export function warnOfLimits({ riskLimits, settings }: Project): void {
  const others = unread(settings, SETTINGS).map(
    ({ name, meant }) => `${SETTINGS_FILE}: ${name} is not read${meant === null ? "" : `; perhaps ${meant} is meant`}`,
  );
  warn([...others, ...unreadLimits(riskLimits).map(limitUnread)]);
}

/** `reads`: those of the code, which has to be compiled before somebody knows. */
export function warnOfParameters(parameters: object, reads: readonly Spellings[]): void {
  warn(unreadParameters(parameters, reads).map(parameterUnread));
}

function warn(sentences: readonly string[]): void {
  for (const sentence of sentences) tell(`${styled("yellow", "warn", process.stderr)}  ${seen(sentence)}`);
}
