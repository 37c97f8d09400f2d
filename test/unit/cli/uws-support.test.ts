import { describe, expect, it } from "vitest";
import { binariesFor, explainUws, fits, type Host, thisHost } from "../../../src/cli/uws-support.ts";

const DEBIAN_12: Host = { system: "linux", processor: "x64", node: "v22.1.0", abi: 127, glibc: "2.36" };
const BINARIES = [
  { abi: 108, glibc: "2.9" },
  { abi: 115, glibc: "2.27" },
  { abi: 127, glibc: "2.38" },
  { abi: 137, glibc: "2.38" },
];

describe("the words for a server library that does not load", () => {
  it("name what was found, why it does not fit, and the Node that would", () => {
    const text = explainUws(DEBIAN_12, BINARIES);
    expect(text).toContain("found: Node v22.1.0 (ABI 127) on linux x64, glibc 2.36");
    expect(text).toContain("why:   the binary for ABI 127 needs glibc 2.38, which is newer");
    expect(text).toContain("do:    use Node 20 on this system");
  });

  it("say so when no Node fits", () => {
    const text = explainUws({ ...DEBIAN_12, glibc: "2.17" }, BINARIES);
    expect(text).toContain("glibc 2.38 or newer");
  });

  it("tell a system without glibc from an old one", () => {
    expect(explainUws({ ...DEBIAN_12, glibc: null }, BINARIES)).toContain("another C library");
  });

  it("tell a Node or a processor that nobody built for", () => {
    expect(explainUws({ ...DEBIAN_12, abi: 999 }, BINARIES)).toContain("no binary for ABI 999");
    expect(explainUws({ ...DEBIAN_12, processor: "riscv64" }, [])).toContain("no binary for linux riscv64");
  });
});

it("reads from the package which binaries there are and what they need", () => {
  const host = thisHost();
  const own = binariesFor(host).find((binary) => binary.abi === host.abi);
  expect(own).toBeDefined();
  if (own !== undefined) expect(fits(own, host)).toBe(true); // this test's process has loaded it elsewhere
});

it("asks for no glibc outside Linux", () => {
  const mac: Host = { system: "darwin", processor: "arm64", node: "v20.0.0", abi: 115, glibc: null };
  expect(fits({ abi: 115, glibc: null }, mac)).toBe(true);
  expect(binariesFor(mac).length).toBeGreaterThan(0);
});
