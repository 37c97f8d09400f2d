// Run-length posterior of Adams & MacKay with every hypothesis kept and every gamma function computed: the product of
// the marginal likelihoods by the book, one array entry per run length.
export interface Prior {
  readonly hazard: number;
  readonly mean: number;
  readonly kappa: number;
  readonly alpha: number;
  readonly beta: number;
}
export interface RunLengths {
  readonly recent: number;
  /** P(run < 30). */
  readonly young: number;
  readonly likely: number;
  readonly surprise: number;
}

/** ln gamma by Stirling's series far out, stepped down. */
export function lnGammaTwin(x: number): number {
  if (x < 30) return lnGammaTwin(x + 1) - Math.log(x);
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  );
}

function studentLn(x: number, mean: number, square: number, freedom: number): number {
  const constant =
    lnGammaTwin((freedom + 1) / 2) - lnGammaTwin(freedom / 2) - 0.5 * Math.log(freedom * Math.PI * square);
  return constant - ((freedom + 1) / 2) * Math.log(1 + (x - mean) ** 2 / (freedom * square));
}

/** Marginal of the whole run's observations given the prior: mean and scale from sums, not step by step. */
function predictive(x: number, run: readonly number[], { mean, kappa, alpha, beta }: Prior): number {
  const n = run.length;
  const average = n === 0 ? 0 : run.reduce((sum, value) => sum + value, 0) / n;
  const squares = run.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const kappaN = kappa + n;
  const alphaN = alpha + n / 2;
  const betaN = beta + squares / 2 + (kappa * n * (average - mean) ** 2) / (2 * kappaN);
  const center = (kappa * mean + n * average) / kappaN;
  return studentLn(x, center, (betaN * (kappaN + 1)) / (alphaN * kappaN), 2 * alphaN);
}

export function changePointTwin(values: readonly number[], prior: Prior): RunLengths[] {
  let masses = [1];
  const seen: number[] = [];
  return values.map((x) => {
    const joint = masses.map((mass, run) => mass * Math.exp(predictive(x, seen.slice(seen.length - run), prior)));
    const evidence = joint.reduce((sum, value) => sum + value, 0);
    masses = [prior.hazard, ...joint.map((value) => (value / evidence) * (1 - prior.hazard))];
    seen.push(x);
    return {
      recent: masses.slice(0, 5).reduce((sum, value) => sum + value, 0),
      young: masses.slice(0, 30).reduce((sum, value) => sum + value, 0),
      likely: masses.indexOf(Math.max(...masses)),
      surprise: -Math.log(evidence),
    };
  });
}
