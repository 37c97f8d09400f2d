// Which addresses a webhook may reach.
import { expect, it } from "vitest";
import { isPublicAddress } from "../../../src/manage/oversight/webhooks/address.ts";

it("an address is public only where it is of the open internet", () => {
  const open = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"];
  const closed =
    "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 " +
    "198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 " +
    "::ffff:7f00:1 2001:db8::1 2002:7f00:1:: 64:ff9b::7f00:1 fe80::1%eth0 localhost";
  expect(open.filter((one) => !isPublicAddress(one))).toEqual([]);
  expect([...closed.split(" "), ""].filter(isPublicAddress)).toEqual([]);
});
