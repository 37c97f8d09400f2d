// Buttons that ask the engine for something: hidden from who may only read where they change it, asked about where that is
// wise, busy while the engine works, and the engine's own words when it refuses.
import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { role, type Answer } from "../engine.ts";
import { Dialog } from "./dialog.tsx";
import { Said } from "./said.tsx";

interface ActionProps {
  readonly children: ComponentChildren;
  readonly run: () => Promise<Answer<unknown>>;
  readonly done?: () => void;
  readonly danger?: boolean;
  /** Asked before it is done; what will happen, in a sentence, in which what others wrote stands as `seen` shows it. */
  readonly confirm?: string;
  readonly disabled?: boolean;
  /** It changes nothing: also for who may only read. */
  readonly reads?: boolean;
}

export function Action({ children, run, done, danger = false, confirm, disabled = false, reads = false }: ActionProps) {
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const [why, setWhy] = useState<string | null>(null);
  if (role.value === "read" && !reads) return null;
  const act = async (): Promise<void> => {
    setBusy(true);
    setWhy(null);
    const answer = await run();
    setBusy(false);
    setAsked(false);
    if (answer.ok) done?.();
    else setWhy(answer.why);
  };
  return (
    <span class="action">
      <button
        type="button"
        class={danger ? "danger" : undefined}
        disabled={busy || disabled}
        onClick={() => (confirm === undefined ? void act() : setAsked(true))}
      >
        {children}
      </button>
      {why === null ? null : (
        <span class="trouble" role="alert">
          <Said>{why}</Said>
        </span>
      )}
      {confirm !== undefined && asked ? (
        <Dialog title="Are you sure?" close={() => setAsked(false)}>
          <p>{confirm}</p>
          <div class="buttons">
            <button type="button" onClick={() => setAsked(false)}>
              Back
            </button>
            <button type="button" class={danger ? "danger" : "primary"} disabled={busy} onClick={() => void act()}>
              {children}
            </button>
          </div>
        </Dialog>
      ) : null}
    </span>
  );
}
