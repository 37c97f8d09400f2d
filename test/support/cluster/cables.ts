// Nodes with a network of their own, as on machines of their own: each in a network namespace, with a cable to a switch at
// which this process and Redis are. A cable that is pulled takes packets with it without a word: nobody is told that a
// connection is gone, as a proxy that closes sockets would tell. All of this is made inside a network namespace of this
// process's own (`unshare`), so nothing of the machine's network is touched, and all of it goes with the processes.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";

/** Of the switch: where this process and Redis are reached. */
export const SWITCH_HOST = "10.99.0.1";
const BRIDGE = "switch";
const FIRST_NODE = 2;

export interface Cable {
  /** Of the node. */
  readonly host: string;
  /** What a program is started by, so that it is on the other end. */
  readonly under: readonly string[];
  pull(): void;
  plug(): void;
}

export class Switch {
  private readonly holders: ChildProcess[] = [];
  private readonly cables = new Map<string, Cable>();
  private next = FIRST_NODE;

  /** In a namespace of this process's own; see `inOwnNetwork`. */
  constructor() {
    ip("link", "set", "lo", "up");
    ip("link", "add", BRIDGE, "type", "bridge");
    ip("addr", "add", `${SWITCH_HOST}/24`, "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
  }

  /** The node's cable, the same at each start of it. */
  async cableOf(id: string): Promise<Cable> {
    const known = this.cables.get(id);
    if (known !== undefined) return known;
    const number = this.next++;
    const host = SWITCH_HOST.replace(/\d+$/, String(number));
    const pid = await this.namespace();
    const [near, inside] = [`cable${number}`, ["nsenter", "-t", String(pid), "-n"]] as const;
    ip("link", "add", near, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
    ip("link", "set", near, "master", BRIDGE);
    ip("link", "set", near, "up");
    for (const words of [
      ["link", "set", "lo", "up"],
      ["addr", "add", `${host}/24`, "dev", "eth0"],
      ["link", "set", "eth0", "up"],
    ])
      execFileSync("nsenter", [...inside.slice(1), "ip", ...words]);
    const cable = {
      host,
      under: inside,
      pull: () => ip("link", "set", near, "down"),
      plug: () => ip("link", "set", near, "up"),
    };
    this.cables.set(id, cable);
    return cable;
  }

  close(): void {
    for (const holder of this.holders) holder.kill("SIGKILL");
  }

  /** A namespace lives as long as a process in it. */
  private async namespace(): Promise<number> {
    const holder = spawn("unshare", ["-n", "sleep", "infinity"], { stdio: "ignore" });
    this.holders.push(holder);
    const own = readlinkSync("/proc/self/ns/net");
    const pid = holder.pid ?? 0;
    while (holder.exitCode === null) {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== own) return pid;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error("no network namespace can be made");
  }
}

/** Why namespaces with cables cannot be had here; null: they can. */
export function noNetworkOfOwn(): string | null {
  const made = spawnSync("unshare", [...OWN, "ip", "link", "add", BRIDGE, "type", "bridge"], { encoding: "utf8" });
  if (made.error !== undefined) return `unshare cannot be run: ${made.error.message}`;
  return made.status === 0 ? null : made.stderr.trim() || `unshare ended with ${made.status}`;
}

/** Runs a program of this project in a network namespace of its own; gives its exit code. */
export function inOwnNetwork(args: readonly string[]): number {
  const { status } = spawnSync("unshare", [...OWN, process.execPath, ...args], { stdio: "inherit" });
  return status ?? 1;
}

const OWN = ["-r", "-n", "--kill-child"];

function ip(...words: string[]): void {
  execFileSync("ip", words);
}
