// If-Match as RFC 9110 has it: a list of entity tags in quotes, or a star for whatever there is. A weak tag matches nothing.

const TAG = /(W\/)?"([^"]*)"/g;

export function matches(ifMatch: string, revision: string): boolean {
  if (ifMatch.trim() === "*") return true;
  for (const [, weak, tag] of ifMatch.matchAll(TAG)) if (weak === undefined && tag === revision) return true;
  return false;
}
