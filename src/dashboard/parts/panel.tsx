// A titled part of a page, and what stands in it while there is nothing: why, and what would change that.
import type { ComponentChildren } from "preact";
import { Said } from "./said.tsx";

interface PanelProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Beside the title: a count, a filter, a button. */
  readonly aside?: ComponentChildren;
  readonly wide?: boolean;
}

export function Panel({ title, children, aside, wide = false }: PanelProps) {
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  return (
    <section class={wide ? "panel wide" : "panel"} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** What stands where an answer will: neither good nor bad. */
export function Unknown() {
  return <Empty>Not known yet.</Empty>;
}

/** Why there is no newer answer. */
export function Trouble({ why }: { readonly why: string | null }) {
  return why === null ? null : (
    <p class="trouble" role="status">
      <Said>{why}</Said>
    </p>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly tone?: Tone;
  readonly note?: ComponentChildren;
}

export type Tone = "good" | "bad" | "warn" | "plain";

export function Figure({ label, value, tone = "plain", note }: FigureProps) {
  return (
    <div class={`figure ${tone}`}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note === undefined ? null : <p>{note}</p>}
    </div>
  );
}

export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function toneOf(value: number | null | undefined): Tone {
  if (value === null || value === undefined || value === 0) return "plain";
  return value > 0 ? "good" : "bad";
}

const TONES: Readonly<Record<string, Tone>> = {
  healthy: "good",
  running: "good",
  active: "good",
  deployed: "good",
  completed: "good",
  approved: "good",
  ready: "good",
  pass: "good",
  accepted: "good",
  credible: "good",
  passed: "good",
  filled: "good",
  degraded: "warn",
  warning: "warn",
  warn: "warn",
  no_input: "warn",
  inconclusive: "warn",
  unproven: "warn",
  paused: "warn",
  queued: "warn",
  awaiting_approval: "warn",
  warming: "warn",
  unhealthy: "bad",
  failed: "bad",
  error: "bad",
  critical: "bad",
  rejected: "bad",
  refused: "bad",
  fail: "bad",
  rolled_back: "bad",
};

/** A state by its name and colour. */
export function State({ of }: { readonly of: string }) {
  return <Badge tone={TONES[of] ?? "plain"}>{of.replaceAll("_", " ")}</Badge>;
}
