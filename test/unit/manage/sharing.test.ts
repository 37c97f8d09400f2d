// Versions that share symbols: whose they are when one of them has failed before they were shared.
import { describe, expect, it } from "vitest";
import { Lane } from "../../../src/manage/executions/lane.ts";
import { Sharing } from "../../../src/manage/executions/sharing.ts";
import type { Program } from "../../../src/sandbox/sandbox.ts";

const NAMES = Array.from({ length: 16 }, (_, index) => `SH${index}USD`);

describe("a version that failed while others were opened", () => {
  it("has no symbols: they are the deployed version's", () => {
    const program = { close: () => undefined } as unknown as Program;
    const [sound, failed] = [new Lane("1.0.0", program), new Lane("2.0.0", program)];
    failed.close();
    const sharing = new Sharing({ "1.0.0": 1, "2.0.0": 1 }, [sound, failed], NAMES);
    const owners = NAMES.map((_, place) => sharing.of(place));
    expect(new Set(owners)).toEqual(new Set([sound, null]));
  });
});
