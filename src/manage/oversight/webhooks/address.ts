// Which addresses a webhook may reach. Whoever sets a URL, or controls a name in the DNS or a redirect, must not reach
// through the engine what only the engine can reach: its own host, its network, the metadata of a cloud. Pure.
import { BlockList, isIP } from "node:net";

const PRIVATE_4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Of IPv6 only what is given out to the world is open, and of that not what carries an IPv4 address inside. */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet("2000::", 3, "ipv6");
const CLOSED_6 = new BlockList();
for (const [net, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  CLOSED_6.addSubnet(net, prefix, "ipv6");
const CLOSED_4 = new BlockList();
for (const [net, prefix] of PRIVATE_4) CLOSED_4.addSubnet(net, prefix, "ipv4");

/** Whether an address is one of the open internet; anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !CLOSED_4.check(address, "ipv4");
  if (version !== 6 || address.includes("%")) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  return GLOBAL_6.check(address, "ipv6") && !CLOSED_6.check(address, "ipv6");
}
