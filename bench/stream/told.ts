// An order to a forked client, and its answer: a client that ends before it has answered makes the figure void.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

export async function told(child: ChildProcess, order: object | string): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const answered = once(child, "message", { signal });
  const ended = once(child, "exit", { signal }).then(() => Promise.reject(new Error("a client ended")));
  child.send(order);
  try {
    const [said] = (await Promise.race([answered, ended])) as unknown[];
    return said;
  } finally {
    answered.catch(() => undefined);
    ended.catch(() => undefined);
    over.abort();
  }
}
