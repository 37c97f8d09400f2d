// A button that saves a file which the page makes itself, of what it shows; nothing is asked for.
import type { ComponentChildren } from "preact";

interface SaveProps {
  readonly children: ComponentChildren;
  readonly file: string;
  readonly type: "text/csv" | "application/json";
  readonly text: () => string;
}

export function Save({ children, file, type, text }: SaveProps) {
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([text()], { type }));
    const link = document.createElement("a");
    link.href = url;
    link.download = file;
    link.click();
    // The browser reads it behind this turn.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return (
    <button type="button" onClick={save}>
      {children}
    </button>
  );
}
