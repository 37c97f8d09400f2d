// Does what a document says, in a folder of its own: one shell for all its `sh` blocks, so that variables, aliases and
// background jobs last; programs in files beside it. A block is well when everything in it is.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

export interface Desk {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly python: string;
  /** Makes the addresses of the documents those of this run. */
  readonly rewrite: (text: string) => string;
}

export class Reader {
  private readonly desk: Desk;
  private readonly shell: ChildProcess;
  private readonly gone: Promise<unknown>;
  private blocks = 0;

  constructor(desk: Desk) {
    this.desk = desk;
    const { folder: cwd, env } = desk;
    // A group of its own, so that its end is also that of what it left in the background.
    this.shell = spawn("bash", ["--norc"], { cwd, env, detached: true, stdio: ["pipe", "ignore", "pipe", "pipe"] });
    this.gone = once(this.shell, "close");
    this.type("shopt -s expand_aliases\nset -eu");
  }

  write(name: string, text: string): void {
    const path = join(this.desk.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${this.desk.rewrite(text)}\n`);
  }

  run(language: string, text: string): Promise<Ran> {
    const name = `block-${++this.blocks}`;
    if (language === "sh") return this.inShell(name, text);
    const file = language === "python" ? `${name}.py` : `${name}.mjs`;
    this.write(file, text);
    return this.inShell(`${name}-run`, `${language === "python" ? this.desk.python : process.execPath} ${file}`);
  }

  async end(): Promise<void> {
    if (this.shell.pid !== undefined && this.shell.exitCode === null) process.kill(-this.shell.pid, "SIGKILL");
    await this.gone;
  }

  /** A command that fails ends the shell, and with it the block. */
  private async inShell(name: string, text: string): Promise<Ran> {
    this.write(`${name}.sh`, text);
    const told = once(this.shell.stdio[3] as Readable, "data").then(() => true);
    this.type(`. ./${name}.sh > ${name}.out 2>&1 3>&- < /dev/null\necho >&3`);
    const ok = await Promise.race([told, this.gone.then(() => false)]);
    return { ok, output: readFileSync(join(this.desk.folder, `${name}.out`), "utf8") };
  }

  private type(line: string): void {
    (this.shell.stdin as Writable).write(`${line}\n`);
  }
}
