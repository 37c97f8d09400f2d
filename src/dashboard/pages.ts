// The pages in the order of the navigation.
import type { ComponentType } from "preact";
import { Editor } from "./pages/editor.tsx";
import { Executions } from "./pages/executions.tsx";
import { Learning } from "./pages/learning.tsx";
import { Overview } from "./pages/overview.tsx";
import { Pipelines } from "./pages/pipelines.tsx";
import { Research } from "./pages/research.tsx";
import { Risk } from "./pages/risk.tsx";
import { Signals } from "./pages/signals.tsx";
import { Strategies } from "./pages/strategies.tsx";
import { System } from "./pages/system.tsx";

export interface PageProps {
  /** Behind the page's name in the address, e.g. the id of an execution. */
  readonly item: string | null;
}

interface Page {
  readonly name: string;
  readonly title: string;
  readonly View: ComponentType<PageProps>;
}

export const PAGES: readonly Page[] = [
  { name: "overview", title: "Overview", View: Overview },
  { name: "signals", title: "Signals", View: Signals },
  { name: "strategies", title: "Strategies", View: Strategies },
  { name: "editor", title: "Editor", View: Editor },
  { name: "pipelines", title: "Deployments", View: Pipelines },
  { name: "executions", title: "Executions", View: Executions },
  { name: "research", title: "Research", View: Research },
  { name: "risk", title: "Risk", View: Risk },
  { name: "learning", title: "Learning", View: Learning },
  { name: "system", title: "System", View: System },
];
