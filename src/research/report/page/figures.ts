// Figures, costs, months and the statement as tables.
import type { Outcome, Statement } from "../../outcome.ts";
import { costSums } from "../cost-sums.ts";
import { monthlyReturns } from "../months.ts";
import { NOTHING, duration, minute, money, percent, ratio, whole } from "../numbers.ts";
import { html, type Markup } from "./html.ts";

type Row = readonly [name: string, value: string];

function pairs(rows: readonly Row[]): Markup {
  return html`<dl class="figures">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export function figuresSection({ figures: f, events, signals, open }: Outcome): Markup {
  return html`<section id="figures">
    <h2>Figures</h2>
    ${pairs([
      ["total return", percent(f.totalReturn)],
      ["return a year (CAGR)", percent(f.cagr)],
      ["volatility a year", percent(f.volatility)],
      ["Sharpe ratio", ratio(f.sharpe)],
      ["Sortino ratio", ratio(f.sortino)],
      ["Calmar ratio", ratio(f.calmar)],
      ["deepest drawdown", percent(f.maxDrawdown)],
      ["longest drawdown", duration(f.maxDrawdownUs)],
      ["value at risk, a step, 95 %", percent(f.var95, 3)],
      ["expected shortfall, a step, 95 %", percent(f.cvar95, 3)],
      ["alpha a year", percent(f.alpha)],
      ["beta", ratio(f.beta)],
      ["information ratio", ratio(f.informationRatio)],
      ["closed trades", whole(f.trades)],
      ["winning trades", percent(f.winRate, 1)],
      ["profit factor", ratio(f.profitFactor)],
      ["mean result of a trade", money(f.expectancy)],
      ["mean length of a trade", duration(f.averageTradeUs)],
      ["time with a position", percent(f.exposure, 1)],
      ["turnover a year", `${ratio(f.turnover, 1)} × equity`],
      ["steps a year", ratio(f.periodsPerYear, 1)],
      ["events, signals", `${whole(events)}, ${whole(signals)}`],
      ["open at the end", whole(open.length)],
    ])}
  </section>`;
}

/** What the trades would have come to without costs, and where it went. */
export function costsSection(outcome: Outcome): Markup {
  const { gross, fees, slippage, carry, net } = costSums(outcome);
  const part = (value: number): string => (gross > 0 ? percent(value / gross, 1) : NOTHING);
  const rows: readonly (readonly [string, number, string])[] = [
    ["closed trades before costs", gross, ""],
    ["fees", -fees, part(-fees)],
    ["slippage", -slippage, part(-slippage)],
    ["funding and borrowing", carry, part(carry)],
    ["closed trades after costs", net, part(net)],
  ];
  const table = rows.map(
    ([name, value, share]) =>
      html`<tr>
        <td class="text">${name}</td>
        <td>${money(value)}</td>
        <td>${share}</td>
      </tr>`,
  );
  return html`<section id="costs">
    <h2>Costs</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col" class="text">of the whole run</th>
            <th scope="col">amount</th>
            <th scope="col">of the gain before costs</th>
          </tr>
        </thead>
        <tbody>
          ${table}
        </tbody>
      </table>
    </div>
    <p class="note">
      Assumed: ${assumed(outcome.statement)}. Costs of positions that are still open are among the costs and not among
      the trades.
    </p>
  </section>`;
}
function assumed({ costs }: Statement): string {
  const words = Object.entries(costs).map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`);
  return words.length === 0 ? "no costs at all" : words.join(", ");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const YEARS_MAX = 60;

export function monthsSection({ equity, statement }: Outcome): Markup {
  const years = monthlyReturns(equity, statement.capital);
  const shown = years.slice(-YEARS_MAX);
  const cell = (value: number | null): Markup => {
    const kind = value === null || value === 0 ? "" : value > 0 ? "up" : "down";
    return html`<td class="${kind}">${value === null ? "" : percent(value, 1).replace(" %", "")}</td>`;
  };
  const rows = shown.map(
    ({ year, months, total }) =>
      html`<tr>
        <th scope="row" class="text">${year}</th>
        ${months.map(cell)}${cell(total)}
      </tr>`,
  );
  const body = html`<div class="wide">
    <table class="months">
      <thead>
        <tr>
          <th scope="col" class="text">%</th>
          ${MONTHS.map((name) => html`<th scope="col">${name}</th>`)}
          <th scope="col">year</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
  const cut =
    years.length > shown.length ? html`<p class="note">The last ${shown.length} of ${years.length} years.</p>` : null;
  return html`<section id="months">
    <h2>Returns by month</h2>
    ${years.length === 0 ? html`<p class="none">No month has a step.</p>` : body}${cut}
  </section>`;
}

const DATA_SHOWN = 50;

export function statementSection({ statement, signalHash, resultHash }: Outcome): Markup {
  const { data } = statement;
  const rows = data.slice(0, DATA_SHOWN).map(
    (one) =>
      html`<tr>
        <td class="text">${one.symbol}</td>
        <td class="any">${one.source}${one.synthetic ? " (SYNTHETIC)" : ""}</td>
        <td>${whole(one.rows)}</td>
        <td>${minute(one.from)}</td>
        <td>${minute(one.to)}</td>
        <td class="any"><code>${one.hash}</code></td>
      </tr>`,
  );
  const hashes: readonly Row[] = [
    ["data", statement.dataHash],
    ["parameters", statement.parameterHash],
    ["code", statement.codeHash],
    ["signals", signalHash],
    ["result", resultHash],
  ];
  const parameters = Object.entries(statement.parameters).map(([name, value]): Row => [name, String(value)]);
  return html`<section id="statement">
    <h2>What it rests upon</h2>
    <p>
      ${statement.strategy}, engine ${statement.engineVersion}, ${minute(statement.from)} to ${minute(statement.to)}
      UTC. The same statement gives the same result, bit for bit.
    </p>
    ${parameters.length === 0 ? html`<p class="none">No parameters.</p>` : pairs(parameters)}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col" class="text">data</th>
            <th scope="col" class="text">source</th>
            <th scope="col">rows</th>
            <th scope="col">from (UTC)</th>
            <th scope="col">to (UTC)</th>
            <th scope="col" class="text">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${data.length > DATA_SHOWN ? html`<p class="note">The first ${DATA_SHOWN} of ${data.length} datasets.</p>` : null}
    <table>
      <tbody>
        ${hashes.map(
          ([name, hash]) =>
            html`<tr>
              <td class="text">${name}</td>
              <td class="any"><code>${hash}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
