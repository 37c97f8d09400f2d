// How a process may end that is asked to. In order, unless this machine gave it too little time for that: then at its own
// limit, which it says. How long a stop may take is judged where that is the subject.
const LIMIT = "not ended within 10000 ms";

/** What is wrong with this end; null: nothing. */
export function stopFault(code: number | null, lines: readonly Readonly<Record<string, unknown>>[]): string | null {
  const abandoned = lines.find(({ msg }) => msg === "ended without an orderly stop");
  const stopped = lines.some(({ msg }) => msg === "stopped");
  if (code === 0 && stopped && abandoned === undefined) return null;
  if (code === 1 && abandoned?.["reason"] === LIMIT) return null;
  return `ended with ${String(code)}, ${abandoned === undefined ? (stopped ? "stopped" : "without a word of it") : String(abandoned["reason"])}`;
}
