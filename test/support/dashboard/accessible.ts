// What a page must have for those who do not see it or do not use a mouse, looked for in the page itself: names of
// controls, order of headings, contrast of text, marks of the language and of the regions; of an open dialog, that it is
// named, holds the keyboard and shuts off what is behind it.
import type { Page } from "playwright-core";

/** Every fault in a sentence; none: an empty list. */
export function accessibilityFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(FAULTS);
}

/** Runs in the page. Contrast after WCAG 2.2: 4.5 to 1, for large text 3 to 1. */
const FAULTS = `(() => {
  const faults = [];
  const told = (element) => element.outerHTML.slice(0, 100);
  if (document.documentElement.lang === "") faults.push("the page names no language");
  if (document.title === "") faults.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("there is not exactly one main region");
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not exactly one first heading");
  let level = 1;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push("a heading skips a level: " + told(heading));
    level = next;
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push("an id is there twice: " + id);
  for (const control of document.querySelectorAll("button,a[href],input,select,textarea,meter,progress,[role=img],[role=region]")) {
    const named = control.getAttribute("aria-label") || control.labels?.length || control.textContent.trim() || document.getElementById(control.getAttribute("aria-labelledby") ?? "");
    if (!named) faults.push("a control has no name: " + told(control));
  }
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (!dialog.getAttribute("aria-label") && !document.getElementById(dialog.getAttribute("aria-labelledby") ?? "")) faults.push("a dialog has no name");
    if (!dialog.matches(":modal")) faults.push("what is behind a dialog can be reached");
    if (!dialog.contains(document.activeElement)) faults.push("the keyboard is not in the dialog");
    const box = dialog.getBoundingClientRect();
    if (box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight) faults.push("a dialog does not fit the screen");
  }
  for (const told of document.querySelectorAll("[aria-describedby]"))
    for (const id of told.getAttribute("aria-describedby").split(" "))
      if (document.getElementById(id) === null) faults.push("what describes a control is not there: " + id);
  for (const cell of document.querySelectorAll("thead th")) if (cell.scope !== "col") faults.push("a heading of a table has no scope: " + told(cell));
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const shade = (colour) => {
    const [r, g, b, a = 1] = (colour.match(/[\\d.]+/g) ?? []).map(Number);
    return { light: 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255), solid: a > 0.99 };
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const back = shade(getComputedStyle(at).backgroundColor);
      if (back.solid) return back.light;
    }
    return 1;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.nodeValue.trim() === "" || element === null || element.closest("noscript,script,option,:disabled")) continue;
    const style = getComputedStyle(element);
    if (!element.checkVisibility() || style.opacity === "0") continue;
    const [one, other] = [shade(style.color).light, behind(element)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < wanted) faults.push("contrast " + ratio.toFixed(2) + " of " + told(element));
  }
  return [...new Set(faults)];
})()`;
