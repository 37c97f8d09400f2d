// Buttons that save a file: of what the page shows already, or of an answer that is asked for when it is wanted. The link
// is the page's own, because a browser that follows an address shows the engine no key.
import type { ComponentChildren } from "preact";
import type { Answer } from "../engine.ts";
import { Action } from "./button.tsx";

interface FileProps {
  readonly children: ComponentChildren;
  readonly file: string;
  readonly type: "text/csv" | "text/html" | "application/json";
}
interface SaveProps extends FileProps {
  readonly text: () => string;
}
interface DownloadProps extends FileProps {
  readonly ask: () => Promise<Answer<string>>;
}

/** Nothing is asked for. */
export function Save({ children, file, type, text }: SaveProps) {
  return (
    <button type="button" onClick={() => handOut(file, type, text())}>
      {children}
    </button>
  );
}

export function Download({ children, file, type, ask }: DownloadProps) {
  const run = async (): Promise<Answer<string>> => {
    const answer = await ask();
    if (answer.ok) handOut(file, type, answer.value);
    return answer;
  };
  return (
    <Action reads run={run}>
      {children}
    </Action>
  );
}

function handOut(file: string, type: FileProps["type"], text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file;
  link.click();
  // The browser reads it behind this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
