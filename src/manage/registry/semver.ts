// Version numbers as semver.org has them: major.minor.patch, then perhaps -prerelease and +build. Their form is checked
// where they come in; the order of versions is that of their creation.
export const FIRST_VERSION = "1.0.0";
/** Of each level: the API takes nine digits, and a version that we make must be one that can be asked for. */
const LEVEL_MAX = 999_999_999;
const LEVELS = /^(\d+)\.(\d+)\.(\d+)/;

type Levels = readonly [major: number, minor: number, patch: number];

/** The next patch level that is not taken. */
export function nextPatch(version: string, taken: (version: string) => boolean): string {
  const [, major = "1", minor = "0", patch = "0"] = LEVELS.exec(version) ?? [];
  let levels: Levels = [Number(major), Number(minor), Number(patch)];
  do levels = after(levels);
  while (taken(levels.join(".")));
  return levels.join(".");
}

/** A level that is full carries into the one before it; after the very last version the first ones come again. */
function after([major, minor, patch]: Levels): Levels {
  if (patch < LEVEL_MAX) return [major, minor, patch + 1];
  if (minor < LEVEL_MAX) return [major, minor + 1, 0];
  return [major < LEVEL_MAX ? major + 1 : 1, 0, 0];
}
