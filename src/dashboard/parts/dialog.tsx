// A question over the page: the browser's own modal, so that nothing behind it can be reached and Escape leaves. The Tab key
// goes round inside it, where the browser's own would go on to its menus.
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly close: () => void;
}

export function Dialog({ title, children, close }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The button that opened it is still busy in this moment, and may be another one in the next.
      setTimeout(() => comeBack(opener));
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={goRound}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

const REACHED = "a[href],button:not(:disabled),input:not(:disabled),select:not(:disabled),textarea:not(:disabled)";

function goRound(event: KeyboardEvent): void {
  if (event.key !== "Tab" || !(event.currentTarget instanceof HTMLElement)) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(REACHED)];
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (document.activeElement !== from && all.some((one) => one === document.activeElement)) return;
  event.preventDefault();
  to?.focus();
}

/** To where the keyboard was; where that is gone, to the page, so that the next Tab does not begin at its top. */
function comeBack(opener: Element | null): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  const to = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector("main");
  to?.focus({ preventScroll: true });
}
