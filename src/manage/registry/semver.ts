// Version numbers as semver.org has them: major.minor.patch, then perhaps -prerelease and +build. Their form is checked
// where they come in; the order of versions is that of their creation.
export const FIRST_VERSION = "1.0.0";
const LEVELS = /^(\d+)\.(\d+)\.(\d+)/;

/** The next patch level that is not taken. */
export function nextPatch(version: string, taken: (version: string) => boolean): string {
  const [, major = "1", minor = "0", patch = "0"] = LEVELS.exec(version) ?? [];
  for (let level = Number(patch) + 1; ; level++) {
    const next = `${major}.${minor}.${level}`;
    if (!taken(next)) return next;
  }
}
