// How often values of a kind came, as columns around 0: losses to the left, gains to the right. What it shows is said for those
// who do not see it; the ends are written beneath.
import { figure } from "../format.ts";

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

interface BarsProps {
  readonly title: string;
  readonly bins: readonly Bin[];
  readonly format: (value: number) => string;
}

const HEIGHT = 120;
const WIDE = 10;

export function Bars({ title, bins, format }: BarsProps) {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  const won = bins.filter(({ from }) => from >= 0).reduce((sum, { count }) => sum + count, 0);
  return (
    <figure class="bars">
      <figcaption>
        {title}: {figure(all, 0)}, {figure(won, 0)} above 0; at most {figure(most, 0)} alike
      </figcaption>
      <svg
        role="img"
        aria-label={`${title}: ${all} from ${format(bins[0]?.from ?? 0)} to ${format(bins.at(-1)?.to ?? 0)}, ${won} of them above 0`}
        viewBox={`0 0 ${WIDE * bins.length} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {bins.map(({ from, count }, index) => {
          const high = (HEIGHT * count) / most;
          // A single one among thousands is still seen.
          const drawn = count > 0 ? Math.max(2, high) : 0;
          return (
            <rect
              key={from}
              class={from >= 0 ? "won" : "lost"}
              x={WIDE * index + 1}
              y={HEIGHT - drawn}
              width={WIDE - 2}
              height={drawn}
            />
          );
        })}
      </svg>
      <p class="ends">
        <span>{format(bins[0]?.from ?? 0)}</span>
        <span>0</span>
        <span>{format(bins.at(-1)?.to ?? 0)}</span>
      </p>
    </figure>
  );
}
