// What others wrote, among the page's own words: names, reasons, messages, parameters. Whatever direction it is written in and
// whatever characters of direction it holds, nothing beside it turns. Such text stands on a page in here, in a field that it
// is typed into, or as code in a box of its own; within a sentence of the page (a question, a title) as `seen` shows it.
import type { ComponentChildren } from "preact";

export function Said({ children }: { readonly children: ComponentChildren }) {
  return <bdi>{children}</bdi>;
}
