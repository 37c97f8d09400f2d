// Where commands look for the engine of this machine, and what they say when it cannot be reached.
import { expect, it } from "vitest";
import { explainAt, explainEnd, explainWaiting, ownAddress } from "../../../src/cli/engine-address.ts";

it("looks where the settings say that it listens, by a name where a certificate has to fit", () => {
  expect(ownAddress("127.0.0.1", 8700, false)).toBe("http://127.0.0.1:8700");
  expect(ownAddress("0.0.0.0", 8700, false)).toBe("http://127.0.0.1:8700");
  expect(ownAddress("::", 8701, true)).toBe("https://localhost:8701");
  expect(ownAddress("127.0.0.1", 8700, true)).toBe("https://localhost:8700");
  expect(ownAddress("10.0.0.5", 8700, false)).toBe("http://10.0.0.5:8700");
  expect(ownAddress("fd00::5", 8700, false)).toBe("http://[fd00::5]:8700");
  expect(ownAddress("engine.example", 443, true)).toBe("https://engine.example:443");
});

it("says how a key is given, in the words of the command and not of the protocol", () => {
  const refused = { code: "refused", error: "auth_required", message: 'show a key first: {"op":"auth"}' } as const;
  const how = "give one that it knows with --api-key or STRATEGY_ENGINE_API_KEY";
  expect(explainEnd(refused)).toBe(`the engine wants a key; ${how}`);
  expect(explainEnd({ code: "unauthorized", message: "this api_key is not known" })).toBe(
    `the engine does not let this client in: this api_key is not known; ${how}`,
  );
});

it("tells a certificate that does not fit from an engine that is not there", () => {
  const url = "https://localhost:8700";
  for (const message of [
    "self-signed certificate",
    "unable to verify the first certificate",
    "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
  ])
    expect(explainAt(url, { code: "unreachable", message })).toMatch(/cannot be trusted .*NODE_EXTRA_CA_CERTS/);
  const away = explainAt(url, { code: "unreachable", message: "connect ECONNREFUSED 127.0.0.1:8700" });
  expect(away).toContain("no engine answers at https://localhost:8700");
  expect(explainWaiting(url)).toContain("NODE_EXTRA_CA_CERTS");
  expect(explainWaiting("http://127.0.0.1:8700")).toBe(
    "the connection to http://127.0.0.1:8700 is lost; trying again (Ctrl-C ends it)",
  );
  expect(explainWaiting("http://127.0.0.1:8700", false)).toBe(
    "no engine answers at http://127.0.0.1:8700; start one with strategy-engine serve, or name another with --url; " +
      "trying again (Ctrl-C ends it)",
  );
});
