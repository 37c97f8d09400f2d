// A question over the page: the browser's own modal, so that the keyboard stays inside and Escape leaves.
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
    box.current?.showModal();
  }, []);
  return (
    <dialog
      ref={box}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
