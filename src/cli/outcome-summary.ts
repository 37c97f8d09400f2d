// A finished run on one screen of a terminal: what it was, what it came to, and whether it is to be believed.
import { seen } from "../domain/seen.ts";
import { checkTitle, drawdownOf, headline, type ResultFile, type Verdict } from "../research/research.ts";
import { sparkline } from "./sparkline.ts";
import { columns, styled, type Style } from "./text.ts";

const WIDTH = 60;

const COLOURS: Readonly<Record<string, Style>> = {
  credible: "green",
  pass: "green",
  unproven: "yellow",
  inconclusive: "yellow",
  refused: "red",
  fail: "red",
};

export function summaryOf({ outcome, verdict }: ResultFile): string {
  const { statement, equity, warnings } = outcome;
  const synthetic = statement.data.some((one) => one.synthetic);
  const made = synthetic ? `  ${styled("yellow", "SYNTHETIC DATA")}` : "";
  const head = `${styled("bold", seen(statement.strategy))} on ${seen(statement.symbols.join(", "))}${made}`;
  const { span, rows } = headline(outcome);
  const curves = [
    ["equity", sparkline(equity.equity, WIDTH)],
    ["drawdown", sparkline(drawdownOf(equity, statement.capital), WIDTH)],
  ];
  const told = warnings.map((warning) => `${styled("yellow", "!")} ${seen(warning)}`);
  return [head, span, "", columns(rows), "", columns(curves), ...told, "", verdictText(verdict)].join("\n");
}

export function verdictText(verdict: Verdict | null): string {
  if (verdict === null) return "not judged";
  const width = Math.max(...verdict.checks.map(({ status }) => status.length));
  const rows = verdict.checks.map(({ name, status, sentence }) => {
    const mark = styled(COLOURS[status] ?? "dim", seen(status)) + " ".repeat(width - status.length);
    return `${mark}  ${checkTitle(name)}: ${seen(sentence)}`;
  });
  return [...rows, "", styled(COLOURS[verdict.judgement] ?? "dim", seen(verdict.sentence))].join("\n");
}
