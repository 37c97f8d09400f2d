// Keys as the guard knows them: of any visible ASCII, also such as look like tokens.
import { describe, expect, it } from "vitest";
import { KeyGuard } from "../../../src/server/guards/guard.ts";

const BASE64 = "q83vEjRWeJCrze8+/w==";
const LIKE_A_TOKEN = "eyJhbGciOi.eyJzdWIi.c2ln";
const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
  .join("")
  .replace(/[,:]/g, "");

describe("the guard", () => {
  it("knows keys of any visible ASCII at once, each with its role, and no other", () => {
    const guard = KeyGuard.of(["k1:read", "k2:write", "k3", `${BASE64}:read`, LIKE_A_TOKEN, `${VISIBLE}:read`]);
    const roles = ["k1", "k2", "k3", BASE64, LIKE_A_TOKEN, VISIBLE].map((key) => guard.authenticate(key));
    expect(roles).toMatchObject(["read", "write", "write", "read", "write", "read"].map((role) => ({ role })));
    for (const none of ["", "k", "k1:read", "k1 ", "K1", "k4", BASE64.slice(1), `${VISIBLE}x`, "x".repeat(100_000)])
      expect(guard.authenticate(none)).toBeNull();
  });

  it("names callers without their keys, and each by a name of its own", () => {
    const guard = KeyGuard.of(["k1:read", `${BASE64}:read`]);
    const ids = ["k1", BASE64].map((key) => (guard.authenticate(key) as { id: string }).id);
    for (const id of ids) expect(id).toMatch(/^key_[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(2);
  });

  it("asks about tokens only what is none of its keys", () => {
    const asked: string[] = [];
    const guard = KeyGuard.of([LIKE_A_TOKEN, "k1"], (token) => {
      asked.push(token);
      return { id: "sub_1", role: "write" };
    });
    expect(guard.authenticate(LIKE_A_TOKEN)).toMatchObject({ id: expect.stringMatching(/^key_/) as unknown });
    expect(guard.authenticate("k1")).toMatchObject({ id: expect.stringMatching(/^key_/) as unknown });
    expect(guard.authenticate("a.b.c")).toMatchObject({ id: "sub_1" });
    expect(asked).toEqual(["a.b.c"]);
  });
});
