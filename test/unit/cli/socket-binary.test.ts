import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkSocketBinary, judgeBinary, KNOWN_BINARIES } from "../../../src/cli/checks/socket-binary.ts";

const FOLDER = dirname(createRequire(import.meta.url).resolve("uWebSockets.js"));

describe("the binary of the socket library", () => {
  it("is the one that was tried, on every platform that is named", () => {
    expect(checkSocketBinary().level).toBe("ok");
    for (const name of Object.keys(KNOWN_BINARIES))
      expect(judgeBinary(name, readFileSync(join(FOLDER, `${name}.node`))).level, name).toBe("ok");
  });

  it("has the hash that SECURITY.md states, on every platform that is named", () => {
    const stated = readFileSync(fileURLToPath(new URL("../../../../../SECURITY.md", import.meta.url)), "utf8");
    for (const [name, hash] of Object.entries(KNOWN_BINARIES))
      expect(stated).toMatch(new RegExp(`${name}\\.node\\W+${hash}`));
    expect(stated.match(/\buws_\w+\.node/g)).toHaveLength(Object.keys(KNOWN_BINARIES).length);
    expect(stated).toContain(readFileSync(join(FOLDER, "source_commit"), "utf8").trim());
  });

  it("is refused when one bit of it is another", () => {
    const name = Object.keys(KNOWN_BINARIES)[0] ?? "";
    const bytes = readFileSync(join(FOLDER, `${name}.node`));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    const { level, advice } = judgeBinary(name, bytes);
    expect(level).toBe("fail");
    expect(advice).toContain("do not start the engine");
  });

  it("is doubted on a platform that nobody has tried", () => {
    expect(judgeBinary("uws_plan9_x64_115", new Uint8Array(8)).level).toBe("warn");
  });
});
