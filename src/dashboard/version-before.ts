// Where a rollback leads. Pure.
import type { ResponseOf } from "../client/client.ts";

type Version = ResponseOf<"listVersions">["versions"][number];

/** Of the versions made before the one in force, the one that was in force last; null: there is none, or nobody knows it. */
export function versionBefore(versions: readonly Version[], inForce: string | null): string | null {
  const made = versions.find(({ version }) => version === inForce)?.created_at;
  if (made === undefined) return null;
  const [before] = versions
    .filter(({ created_at: at, deployed_at: deployed }) => deployed !== null && Date.parse(at) < Date.parse(made))
    .toSorted((a, b) => Date.parse(b.deployed_at ?? "") - Date.parse(a.deployed_at ?? ""));
  return before?.version ?? null;
}
