// Trades: on the chart of their prices, and as a list. Both are capped, and say so.
import type { ClosedTrade, Outcome, PriceLine } from "../../outcome.ts";
import { axis, minute, money, price, whole } from "../numbers.ts";
import { chart, type Mark, type Stroke } from "./chart.ts";
import { html, type Markup } from "./html.ts";

const DRAWN_MAX = 400;
const CHARTS_MAX = 6;
const LISTED_MAX = 300;

export function priceSection({ trades }: Outcome, prices: readonly PriceLine[]): Markup {
  const title = html`<h2>Trades on the price</h2>`;
  if (prices.length === 0) {
    return html`<section id="price">
      ${title}
      <p class="none">The result holds no prices.</p>
    </section>`;
  }
  const charts = prices.slice(0, CHARTS_MAX).map((line) => priceChart(line, trades));
  const cut =
    prices.length > CHARTS_MAX ? html`<p class="note">The first ${CHARTS_MAX} of ${prices.length} symbols.</p>` : null;
  return html`<section id="price">
    ${title}
    <p class="note">
      <i class="key long"></i>long <i class="key short"></i>short <i class="key exit"></i>exit; lines join entry and
      exit, green where the trade won.
    </p>
    ${charts}${cut}
  </section>`;
}

function priceChart(line: PriceLine, trades: readonly ClosedTrade[]): Markup {
  const own = trades.filter(({ symbol }) => symbol === line.symbol).filter(drawable);
  const largest = [...own].sort((a, b) => Math.abs(b.pnl) - Math.abs(a.pnl)).slice(0, DRAWN_MAX);
  const entry = (trade: ClosedTrade, kind: string): Mark => ({ time: trade.entryTime, value: trade.entryPrice, kind });
  const exit = (trade: ClosedTrade): Mark => ({ time: trade.exitTime, value: trade.exitPrice, kind: "exit" });
  const strokes = largest.map((trade): Stroke => ({
    from: entry(trade, trade.pnl > 0 ? "won" : "lost"),
    to: exit(trade),
  }));
  const marks = largest.flatMap((trade) => [entry(trade, trade.side), exit(trade)]);
  const prices = largest.flatMap((trade) => [trade.entryPrice, trade.exitPrice]);
  const shown = own.length > largest.length ? `, the ${DRAWN_MAX} largest of ${whole(own.length)} trades` : "";
  return chart({
    title: `${line.symbol}${shown}`,
    description: `Price of ${line.symbol} with ${largest.length} trades`,
    lines: [{ time: line.time, value: line.price, kind: "price" }],
    strokes,
    marks,
    label: axis,
    growth: true,
    include: prices.length === 0 ? [] : [Math.min(...prices), Math.max(...prices)],
  });
}

function drawable({ entryTime, entryPrice, exitTime, exitPrice }: ClosedTrade): boolean {
  return [entryTime, entryPrice, exitTime, exitPrice].every(Number.isFinite);
}

export function tradesSection({ trades }: Outcome): Markup {
  const title = html`<h2>Trades</h2>`;
  if (trades.length === 0)
    return html`<section id="trades">
      ${title}
      <p class="none">No trade was closed.</p>
    </section>`;
  const cut =
    trades.length > LISTED_MAX
      ? `The first ${LISTED_MAX} of ${whole(trades.length)} trades; all figures are of all trades.`
      : "";
  return html`<section id="trades">
    ${title}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col" class="text">symbol</th>
            <th scope="col" class="text">side</th>
            <th scope="col">quantity</th>
            <th scope="col">entry (UTC)</th>
            <th scope="col">price</th>
            <th scope="col">exit (UTC)</th>
            <th scope="col">price</th>
            <th scope="col">result</th>
            <th scope="col">fees</th>
            <th scope="col">slippage</th>
            <th scope="col">carry</th>
            <th scope="col" class="text">why</th>
          </tr>
        </thead>
        <tbody>
          ${trades.slice(0, LISTED_MAX).map(row)}
        </tbody>
      </table>
    </div>
    <p class="note">${cut}</p>
  </section>`;
}

function row(trade: ClosedTrade): Markup {
  const kind = trade.pnl > 0 ? "gain" : trade.pnl < 0 ? "loss" : "";
  return html`<tr>
    <td class="text">${trade.symbol}</td>
    <td class="text">${trade.side}</td>
    <td>${price(trade.quantity)}</td>
    <td>${minute(trade.entryTime)}</td>
    <td>${price(trade.entryPrice)}</td>
    <td>${minute(trade.exitTime)}</td>
    <td>${price(trade.exitPrice)}</td>
    <td class="${kind}">${money(trade.pnl)}</td>
    <td>${money(trade.fees)}</td>
    <td>${money(trade.slippage)}</td>
    <td>${money(trade.carry)}</td>
    <td class="text">${trade.reason}</td>
  </tr> `;
}
