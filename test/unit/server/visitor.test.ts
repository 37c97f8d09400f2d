// One name for each customer of a provider, whatever address of his network he comes from.
import { expect, it } from "vitest";
import { networkOf } from "../../../src/server/guards/visitor.ts";
import type { HttpResponse } from "../../../src/server/uws.ts";

function named(address: string): string {
  const bytes = new TextEncoder().encode(address).buffer;
  return networkOf({ getRemoteAddressAsText: () => bytes } as unknown as HttpResponse);
}

it("names an IPv6 address by its /64 network, whatever stands in its other groups", () => {
  const network = "2001:0db8:0001:0002";
  for (const rest of ["0000:0000:0000:0001", "0000:0000:0000:0002", "ffff:0000:0000:0001", "ffff:0000:0000:0002"])
    expect(named(`${network}:${rest}`)).toBe(network);
  expect(named("2001:0db8:ffff:0002:0000:0000:0000:0001")).toBe("2001:0db8:ffff:0002");
  expect(named("0000:0000:0000:0000:0001:ffff:7f00:0001")).toBe("0000:0000:0000:0000");
});

it("names an IPv4 address by itself, in the form of IPv6 as well", () => {
  expect(named("203.0.113.7")).toBe("203.0.113.7");
  const mapped = "0000:0000:0000:0000:0000:ffff:cb00:7107";
  expect(named(mapped)).toBe(mapped);
});
