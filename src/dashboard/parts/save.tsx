// Buttons that save a file: of what the page shows already, or of an answer that is asked for when it is wanted. The link
// is the page's own, because a browser that follows an address shows the engine no key.
import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { Answer } from "../engine.ts";

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

/** Also for who may only read; a refusal is told in the engine's own words. */
export function Download({ children, file, type, ask }: DownloadProps) {
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState<string | null>(null);
  const act = async (): Promise<void> => {
    setBusy(true);
    setWhy(null);
    const answer = await ask();
    setBusy(false);
    if (answer.ok) handOut(file, type, answer.value);
    else setWhy(answer.why);
  };
  return (
    <span class="action">
      <button type="button" disabled={busy} onClick={() => void act()}>
        {children}
      </button>
      {why === null ? null : (
        <span class="trouble" role="alert">
          {why}
        </span>
      )}
    </span>
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
