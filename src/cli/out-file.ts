// A file that a command is to write at its end, judged before its beginning: nobody waits an hour for a result that has no
// place to go.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "commander";

export function outFile(path: string): string {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new InvalidArgumentError(`The folder ${folder} is not there; make it first.`);
  if (!statSync(folder).isDirectory()) throw new InvalidArgumentError(`${folder} is no folder.`);
  if (existsSync(path) && statSync(path).isDirectory())
    throw new InvalidArgumentError("That is a folder; name a file in it.");
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
  } catch {
    throw new InvalidArgumentError(`${existsSync(path) ? path : folder} may not be written.`);
  }
  return path;
}
