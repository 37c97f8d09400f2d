// The tearsheet: one HTML file that needs nothing else, has no script and asks no network. Everything that it says stands
// in the result; names are escaped, curves are thinned so that their extremes stay, lists are capped and say so.
import { returnsOf } from "../../honesty/honesty.ts";
import type { Outcome } from "../../outcome.ts";
import { drawdownOf, exposureOf, histogram, rollingSharpe, rollingWindow } from "../curves.ts";
import { axis, money, percent, ratio, whole } from "../numbers.ts";
import type { ResultFile } from "../result-file.ts";
import { bars, chart } from "./chart.ts";
import { costsSection, figuresSection, monthsSection, statementSection } from "./figures.ts";
import { html, type Markup } from "./html.ts";
import { headerSection, verdictSection, warningsSection } from "./judgement.ts";
import { STYLE } from "./style.ts";
import { priceSection, tradesSection } from "./trades.ts";

const BINS = 40;

export function tearsheet({ outcome, prices, verdict }: ResultFile): string {
  const { statement } = outcome;
  return `<!doctype html>
${
  html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
      />
      <meta name="referrer" content="no-referrer" />
      <title>${statement.strategy}: backtest</title>
      <link rel="icon" href="data:," />
      <style>
        ${STYLE}
      </style>
    </head>
    <body>
      <main>
        ${headerSection(outcome, verdict)} ${warningsSection(outcome.warnings)} ${verdictSection(verdict)}
        ${figuresSection(outcome)} ${equitySection(outcome)} ${monthsSection(outcome)} ${priceSection(outcome, prices)}
        ${returnsSection(outcome)} ${costsSection(outcome)} ${tradesSection(outcome)} ${statementSection(outcome)}
        <footer>
          Strategy Engine ${statement.engineVersion}. A backtest tells what would have happened under its assumptions,
          not what will.
        </footer>
      </main>
    </body>
  </html>`.text
}
`;
}

function equitySection(outcome: Outcome): Markup {
  const { equity, statement } = outcome;
  const { time } = equity;
  const drawdown = drawdownOf(equity, statement.capital);
  return html`<section id="equity">
    <h2>Equity</h2>
    ${chart({
      title: "Equity",
      description: `Equity from ${money(statement.capital)} to ${money(equity.equity.at(-1) ?? null)}`,
      lines: [{ time, value: equity.equity, kind: "main" }],
      label: axis,
      growth: true,
    })}
    ${chart({
      title: "Drawdown",
      description: `Fall from the highest equity so far, ${percent(outcome.figures.maxDrawdown)} at the deepest`,
      lines: [{ time, value: drawdown, kind: "fall", from: 0 }],
      label: (value) => percent(value, 1),
      include: [0],
      low: true,
    })}
    ${chart({
      title: "Exposure, gross value of the positions over equity",
      description: "Exposure over time",
      lines: [{ time, value: exposureOf(equity), kind: "main", from: 0 }],
      label: (value) => percent(value, 0),
      include: [0],
      low: true,
    })}
  </section>`;
}

function returnsSection(outcome: Outcome): Markup {
  const { equity, statement, figures } = outcome;
  const returns = returnsOf(equity, statement.capital);
  const title = html`<h2>Returns</h2>`;
  if (returns === null) {
    return html`<section id="returns">
      ${title}
      <p class="none">The equity is not a number above 0 at every step, so there are no returns.</p>
    </section>`;
  }
  const window = rollingWindow(returns.length, figures.periodsPerYear);
  const rolling = window === 0 ? new Float64Array() : rollingSharpe(returns, window, figures.periodsPerYear);
  const still = returns.filter((r) => r === 0).length;
  const columns = histogram(returns, BINS).map(({ from, to, count }) => ({
    label: percent((from + to) / 2, Math.abs(to - from) < 0.001 ? 3 : 1),
    count,
    kind: from >= 0 ? "won" : "lost",
  }));
  const moved = `${whole(returns.length - still)} of ${whole(returns.length)} steps moved`;
  return html`<section id="returns">
    ${title}
    ${columns.length === 0 ? html`<p class="none">Too few steps moved to show how returns are distributed.</p>` : bars(`Returns of a step; ${moved}`, "Distribution of the returns of a step", columns, 5)}
    ${chart({
      title: window === 0 ? "Rolling Sharpe ratio" : `Sharpe ratio of a year over the last ${whole(window)} steps`,
      description: "Rolling Sharpe ratio",
      lines: [{ time: equity.time.subarray(0, rolling.length), value: rolling, kind: "main" }],
      label: (value) => ratio(value, 1),
      include: [0],
      low: true,
    })}
  </section>`;
}
