// The emergency stop in a file of its own, DATA_DIR/emergency-stop, which needs no room: its one block is there and synced
// from the start of the engine, and is written in place and synced when the stop is pressed and when it is lifted. So a
// disk that is full does not make a kill forget it. One line that a person can read, filled up to a sector, so that a
// power cut leaves the old one or the new one; what says neither says nothing, is told, and is written anew.
import { type FileHandle, open } from "node:fs/promises";
import { constants } from "node:fs";
import { dirname } from "node:path";

/** `none`: nobody has written it before; `unreadable`: it says neither. */
type Said = "on" | "off" | "none" | "unreadable";

const SECTOR_BYTES = 512;
const OWNER_ONLY = 0o600;

export class StopFile {
  private readonly path: string;
  private file: FileHandle | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** What it says; from now on it can be written in place. May throw system errors. */
  async open(): Promise<Said> {
    const file = await open(this.path, constants.O_RDWR | constants.O_CREAT, OWNER_ONLY);
    try {
      const bytes = Buffer.alloc(SECTOR_BYTES);
      const { bytesRead } = await file.read(bytes, 0, SECTOR_BYTES, 0);
      const said = saidBy(bytes.toString("latin1", 0, bytesRead));
      if (bytesRead < SECTOR_BYTES || said === "unreadable") {
        await this.fill(file, said === "on");
        await syncEntry(this.path);
      }
      this.file = file;
      return said;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** On the disk when it resolves. May throw system errors; tries to open it where that has failed before. */
  async write(on: boolean): Promise<void> {
    if (this.file === null) await this.open();
    if (this.file !== null) await this.fill(this.file, on);
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    await file?.close();
  }

  private async fill(file: FileHandle, on: boolean): Promise<void> {
    const line = `emergency stop: ${on ? "on" : "off"}`;
    const { bytesWritten } = await file.write(`${line.padEnd(SECTOR_BYTES - 1)}\n`, 0, "latin1");
    if (bytesWritten !== SECTOR_BYTES) throw new Error(`only ${bytesWritten} of ${SECTOR_BYTES} bytes were written`);
    await file.datasync();
  }
}

function saidBy(text: string): Said {
  if (text === "") return "none";
  const found = /^emergency stop: (on|off)\s*$/.exec(text);
  return found === null ? "unreadable" : (found[1] as "on" | "off");
}

/** That there is such a file is on the disk as well. */
async function syncEntry(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
