// What the page says first: what this is, on which data, whether it is to be believed, and what a reader should know.
import { type Check, checkTitle, type Verdict } from "../../honesty/honesty.ts";
import type { Outcome } from "../../outcome.ts";
import { day, percent, ratio, whole } from "../numbers.ts";
import { html, type Markup } from "./html.ts";

export function headerSection({ statement, figures }: Outcome, verdict: Verdict | null): Markup {
  const synthetic = statement.data.some((one) => one.synthetic);
  const tone = (value: number | null): string => (value === null ? "" : value >= 0 ? "gain" : "loss");
  const headline: readonly (readonly [string, string, string])[] = [
    ["total return", percent(figures.totalReturn), tone(figures.totalReturn)],
    ["a year", percent(figures.cagr), tone(figures.cagr)],
    ["Sharpe ratio", ratio(figures.sharpe), tone(figures.sharpe)],
    ["deepest drawdown", percent(figures.maxDrawdown), figures.maxDrawdown < 0 ? "loss" : ""],
    ["trades", whole(figures.trades), ""],
    ["winning trades", percent(figures.winRate, 1), ""],
  ];
  return html`<header id="header">
    <h1>${statement.strategy} on ${listed(statement.symbols)}</h1>
    <p class="faint">
      Backtest, ${day(statement.from)} to ${day(statement.to)}, capital ${whole(statement.capital)}
      ${synthetic ? html`<strong class="badge synthetic">SYNTHETIC DATA</strong>` : null}
      ${verdict === null ? null : html`<strong class="badge ${verdict.judgement}">${verdict.judgement.toUpperCase()}</strong>`}
    </p>
    <div class="headline">
      ${headline.map(([name, value, kind]) => html`<div><span>${name}</span><b class="${kind}">${value}</b></div>`)}
    </div>
  </header>`;
}

const SYMBOLS_SHOWN = 8;
function listed(symbols: readonly string[]): string {
  const more = symbols.length - SYMBOLS_SHOWN;
  return symbols.slice(0, SYMBOLS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export function warningsSection(warnings: readonly string[]): Markup {
  if (warnings.length === 0) return html`<section id="warnings"></section>`;
  return html`<section id="warnings" class="warnings">
    <strong>Read this first</strong>
    <ul>
      ${warnings.map((one) => html`<li>${one}</li>`)}
    </ul>
  </section>`;
}

export function verdictSection(verdict: Verdict | null): Markup {
  if (verdict === null) {
    return html`<section id="verdict">
      <h2>Is it to be believed?</h2>
      <p class="none">This result was not judged.</p>
    </section>`;
  }
  const { trials, observations, seed } = verdict;
  const runs = trials === 1 ? "no other run on this data was counted" : `one of ${whole(trials)} runs on this data`;
  return html`<section id="verdict">
    <h2>Is it to be believed?</h2>
    <div class="verdict">
      <strong class="badge ${verdict.judgement}">${verdict.judgement.toUpperCase()}</strong> ${verdict.sentence}
    </div>
    <p class="note">${whole(observations)} steps, ${runs}; random draws from seed ${seed}.</p>
    <div class="wide">
      <table class="checks">
        <thead>
          <tr>
            <th scope="col" class="text">test</th>
            <th scope="col" class="text">result</th>
            <th scope="col">figure</th>
            <th scope="col">passes at</th>
            <th scope="col" class="text">what it found</th>
          </tr>
        </thead>
        <tbody>
          ${verdict.checks.map(checkRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function checkRow({ name, status, figure, threshold, passes, sentence }: Check): Markup {
  return html`<tr>
    <td class="text">${checkTitle(name)}</td>
    <td class="text"><span class="badge ${status}">${status}</span></td>
    <td>${figureText(name, figure)}</td>
    <td>${passes === "at_least" ? "≥" : "≤"} ${figureText(name, threshold)}</td>
    <td class="long">${sentence}</td>
  </tr>`;
}

/** Steps are counted, ratios of a year have two decimals, everything else is a share. */
function figureText(name: Check["name"], value: number | null): string {
  if (name === "track_record") return whole(value);
  return name === "confidence" ? ratio(value) : percent(value, 1);
}
