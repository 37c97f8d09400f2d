// What a process loads first (`--import`) so that the library which serves HTTP and WebSocket cannot be loaded in it, as on
// a system whose C library is too old.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Written into that folder; its path. */
export function noSocketLibrary(folder: string): string {
  const preload = join(folder, "no-socket-library.mjs");
  writeFileSync(
    preload,
    `const load = process.dlopen;
    process.dlopen = (module, file, ...rest) => {
      if (file.includes("uws_")) throw new Error("version GLIBC_2.38 not found");
      return load.call(process, module, file, ...rest);
    };`,
  );
  return preload;
}
