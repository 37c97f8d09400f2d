// Which binary of the socket library is loaded, and whether it is the one that this version was tried with. The package
// is a third party's republication of uWebSockets.js (npm has none of its author's), so npm's integrity alone says only
// that it is what was published there. The hashes are of version 3.0.6.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Log } from "../../telemetry/log.ts";
import { broken, doubtful, fine, type Finding, messageOf } from "./finding.ts";

const SUBJECT = "socket binary";
const SHOWN = 16;

/** SHA-256 by name without its ending. */
export const KNOWN_BINARIES: Readonly<Record<string, string>> = {
  uws_linux_x64_115: "f4fa5d7b697529b45ac8aa3d57385d9af51bc1d2b26aa9f5b68ca4361542e665",
  uws_linux_x64_127: "78e38a9a163b1cf33ce539619e5908111dea95a12e7943d95fbcdd524879caa8",
  uws_linux_x64_137: "3b549c14e01d9d1faf234cdf4b6f0fb08158605e3692cd0eb1b905e327bd3449",
  uws_linux_x64_141: "d22bae7642b872152cd0eeb682c6c2ffd186e91af8cf18cdf98be984a6549d49",
  uws_linux_arm64_115: "034e0fcccdc08f90df3b130f421516311831b1352fe38eab91abc2984c2fdf3a",
  uws_linux_arm64_127: "a7d9bc3ec166421a49416d5ea4f49118ae68ea1dbf8a765c4f45a79b0b6adb13",
  uws_linux_arm64_137: "b6eb007d627e00bcce03ad38f197124e9027c03f6fe784b37f97b8a6ea709cb4",
  uws_linux_arm64_141: "1317f2e69ea1924ee8dd94ed02a3e6beb08e55d8b06f18caeda3d67a02857aee",
  uws_darwin_x64_115: "7552dc27e278be4a5f9ca4f571676e9046929ef8753b1bb63b84f78e1a752a11",
  uws_darwin_x64_127: "1bcd63a9cd5cda811d899b80f9b1f7c9f29d128feafebe6976069ab1045a0335",
  uws_darwin_x64_137: "7df6e0b2be43048200370a64ee91d6563879f5d3b0207f846dc81377ffc4e189",
  uws_darwin_x64_141: "f490b002468feebeeedba127e20594ec75138bb7c17e9f681a652fe5d408db7d",
  uws_darwin_arm64_115: "f6132ac4d0954ce32ed716d5b367270904c5885bc6e01dcc8ae5809a8967d504",
  uws_darwin_arm64_127: "84ab0c487fbbb895afbfa24c7ac02db5922b2eb468b3a4663aaca52af29b420c",
  uws_darwin_arm64_137: "dd7623e7e600dcc1384c4a639ac05849f0c27125be8c431b702e0513e86613f0",
  uws_darwin_arm64_141: "a1c354c77958054d144a1cb1ab2b5f445e4c1454c98762eb52eef7a6cd95c0c5",
};

export function checkSocketBinary(): Finding {
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}`;
  const folder = dirname(createRequire(import.meta.url).resolve("uWebSockets.js"));
  try {
    return judgeBinary(name, readFileSync(join(folder, `${name}.node`)));
  } catch (error) {
    return broken(SUBJECT, messageOf(error), "install the packages again: npm ci");
  }
}

/** At every start: whoever puts one of his own there knows of it, everybody else should look. */
export function warnOfSocketBinary(log: Pick<Log, "warn">): void {
  const { level, found, advice } = checkSocketBinary();
  if (level !== "ok") log.warn(`${SUBJECT} is not the one that was tried`, { found, advice });
}

export function judgeBinary(name: string, bytes: Uint8Array): Finding {
  const hash = createHash("sha256").update(bytes).digest("hex");
  const found = `${name}.node, SHA-256 ${hash.slice(0, SHOWN)}`;
  const known = KNOWN_BINARIES[name];
  if (known === hash) return fine(SUBJECT, `${found}, as it was tried`);
  if (known === undefined)
    return doubtful(SUBJECT, `${found}, which was never tried`, "use one of the platforms that the README names");
  const advice =
    "somebody has changed it: install the packages again (npm ci) and compare, if it was not you; do not start the engine";
  return broken(SUBJECT, `${found}, and not ${known.slice(0, SHOWN)}`, advice);
}
