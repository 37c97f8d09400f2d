// Message ports of a simulation: what one side posts is copied and lies with the other one until that reads it, or until
// the simulator delivers it to who listens. Stands in for node's MessageChannel and receiveMessageOnPort while a simulation
// runs.
import workerThreads from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";
import type { Random } from "../random.ts";

type Listener = (message: unknown) => void;

export class SimulatedPort {
  peer: SimulatedPort | null = null;
  readonly queue: unknown[] = [];
  listener: Listener | null = null;

  on(_: "message", listener: Listener): this {
    this.listener = listener;
    return this;
  }
  unref(): this {
    return this;
  }
  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.peer?.queue.push(structuredClone(message, { transfer }));
  }
  close(): void {
    this.listener = null;
    if (this.peer !== null) this.peer.peer = null;
    this.peer = null;
  }
}

export class Ports {
  private open: SimulatedPort[] = [];
  private readonly real = {
    MessageChannel: workerThreads.MessageChannel,
    receiveMessageOnPort: workerThreads.receiveMessageOnPort,
  };

  install(): void {
    const pair = (): { readonly port1: SimulatedPort; readonly port2: SimulatedPort } => this.pair();
    // Called with `new`: what a constructor returns takes the place of what it made.
    const stand = function MessageChannel(): ReturnType<typeof pair> {
      return pair();
    };
    Object.assign(workerThreads, { MessageChannel: stand, receiveMessageOnPort: received });
    syncBuiltinESMExports();
  }
  uninstall(): void {
    Object.assign(workerThreads, this.real);
    syncBuiltinESMExports();
  }

  /** The process ended. */
  forget(): void {
    this.open = [];
  }

  /** One message reaches who listens. */
  deliver(random: Random): boolean {
    this.open = this.open.filter(({ listener, queue }) => listener !== null || queue.length > 0);
    const full = this.open.filter(({ listener, queue }) => listener !== null && queue.length > 0);
    const port = full[random.integer(full.length)];
    if (port === undefined) return false;
    port.listener?.(port.queue.shift());
    return true;
  }

  private pair(): { readonly port1: SimulatedPort; readonly port2: SimulatedPort } {
    const port1 = new SimulatedPort();
    const port2 = new SimulatedPort();
    port1.peer = port2;
    port2.peer = port1;
    this.open.push(port1);
    return { port1, port2 };
  }
}

export function received(port: SimulatedPort): { readonly message: unknown } | undefined {
  return port.queue.length === 0 ? undefined : { message: port.queue.shift() };
}
