// Where the golden cases and the recorded data are: ../shared beside the checkout, which a clone alone does not have.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder that holds data/ and golden/; the first parent of this file with a package.json is the checkout. */
function sharedFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, "..", "shared");
}
export const SHARED = sharedFolder();
