// Risk as it stands, for those who ask: figures of the book, limits by their names, and which of them are passed.
import type { Board } from "./board.ts";
import type { Course } from "./course.ts";
import type { Holdings } from "./holdings.ts";
import { limitName, limitView, type RiskLimit } from "./limits.ts";
import type { BookFigures, Breach, Watch } from "./watch.ts";

export type RiskStatus = ReturnType<typeof riskStatus>;

interface StatusParts {
  readonly holdings: Holdings;
  readonly watch: Watch;
  readonly course: Course;
  readonly figures: BookFigures;
  readonly limits: readonly RiskLimit[];
  readonly stopped: boolean;
  readonly board: Board;
  /** What people call a strategy. */
  readonly nameOf: (strategyId: string) => string | null;
}

const MILLION = 1_000_000;
/** Of a limit of 0 everything is infinitely more, which JSON has no number for. */
const USED_MAX = 1_000_000;

export function riskStatus({ holdings, watch, course, figures, limits, stopped, board, nameOf }: StatusParts) {
  const { book } = holdings;
  const states = watch.standing();
  const view = ({ limit, name, value }: Breach) => {
    const { scope, metric, action } = limit;
    return { scope, ...named(scope, name), metric, value, limit: limit.limit, action };
  };
  const named = (scope: string, name: string | null) => {
    if (name === null) return {};
    return scope === "strategy" ? { name, strategy_name: nameOf(name) } : { name };
  };
  const test = course.kupiec();
  return {
    emergency_stop: stopped,
    gross_exposure: book.gross,
    net_exposure: book.net,
    /** With orders that are at work. */
    claimed_exposure: board.claimed(0).gross / MILLION,
    daily_pnl: book.daily,
    drawdown: book.drawdown,
    ...figures,
    max_correlation: figures.correlation,
    value_at_risk: {
      steps: course.steps,
      historical: course.tail.historical,
      historical_shortfall: course.tail.historicalShortfall,
      cornish_fisher: course.tail.cornishFisher,
      cornish_fisher_shortfall: course.tail.cornishFisherShortfall,
      kupiec: test === null ? null : { ...test },
    },
    clusters: course.likeness.clusters().map((names) => [...names]),
    orders_today: board.counts(0).trades,
    orders_refused: board.counts(0).refused,
    limits: Object.fromEntries(
      limits.map((limit) => [limitName(limit), { ...limitView(limit), ...named(limit.scope, limit.name) }]),
    ),
    usage: watch.usage(figures).map(({ limit, name, value, used }) => ({
      key: limitName(limit),
      ...named(limit.scope, name),
      value,
      used: Math.min(used, USED_MAX),
    })),
    breaches: states.filter(({ standing }) => standing === "breached").map(view),
    warnings: states.filter(({ standing }) => standing === "warned").map(view),
  };
}
