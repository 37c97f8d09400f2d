// Version numbers as semver.org has them: major.minor.patch, then perhaps -prerelease and +build. Their form is checked
// where they come in; the order of versions is that of their creation,
// and one that somebody asks for is above the one before it.
export const FIRST_VERSION = "1.0.0";
/** Of each level: the API takes nine digits, and a version that we make must be one that can be asked for. */
const LEVEL_MAX = 999_999_999;
const LEVELS = /^(\d+)\.(\d+)\.(\d+)/;

const NUMBER = /^\d+$/;

type Levels = readonly [major: number, minor: number, patch: number];

/** The next patch level that is not taken. */
export function nextPatch(version: string, taken: (version: string) => boolean): string {
  const [, major = "1", minor = "0", patch = "0"] = LEVELS.exec(version) ?? [];
  let levels: Levels = [Number(major), Number(minor), Number(patch)];
  do levels = after(levels);
  while (taken(levels.join(".")));
  return levels.join(".");
}

/** Whether it goes before the other one by the rules of semver.org; what is built from the same is the same. */
export function isAbove(version: string, other: string): boolean {
  const [levels, names] = partsOf(version);
  const [otherLevels, otherNames] = partsOf(other);
  for (const [place, level] of levels.entries()) {
    const difference = level - (otherLevels[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (names.length === 0 || otherNames.length === 0) return names.length === 0 && otherNames.length > 0;
  for (const [place, name] of names.entries()) {
    const than = otherNames[place];
    if (than === undefined) return true;
    if (name !== than) return isNameAbove(name, than);
  }
  return false;
}
function isNameAbove(name: string, other: string): boolean {
  const [number, than] = [NUMBER.test(name), NUMBER.test(other)];
  if (number && than) return Number(name) > Number(other);
  return number === than ? name > other : than;
}
function partsOf(version: string): readonly [levels: Levels, names: readonly string[]] {
  const [, major = "0", minor = "0", patch = "0"] = LEVELS.exec(version) ?? [];
  const [, names = ""] = /^[^-+]*-([^+]*)/.exec(version) ?? [];
  return [[Number(major), Number(minor), Number(patch)], names === "" ? [] : names.split(".")];
}

/** A level that is full carries into the one before it; after the very last version the first ones come again. */
function after([major, minor, patch]: Levels): Levels {
  if (patch < LEVEL_MAX) return [major, minor, patch + 1];
  if (minor < LEVEL_MAX) return [major, minor + 1, 0];
  return [major < LEVEL_MAX ? major + 1 : 1, 0, 0];
}
