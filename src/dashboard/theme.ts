// Dark or light: the system's choice until the reader makes one, which this browser keeps.
import { signal } from "@preact/signals";

export type Theme = "dark" | "light";

const KEY = "strategy-engine-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(begin());
show();
system.addEventListener("change", () => {
  if (localStorage.getItem(KEY) === null) {
    theme.value = system.matches ? "dark" : "light";
    show();
  }
});

function begin(): Theme {
  const kept = localStorage.getItem(KEY);
  if (kept === "dark" || kept === "light") return kept;
  return system.matches ? "dark" : "light";
}

function show(): void {
  document.documentElement.dataset["theme"] = theme.peek();
}

export function turn(): void {
  theme.value = theme.peek() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, theme.peek());
  show();
}
