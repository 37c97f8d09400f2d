// How far a run over history is.
import { share, span } from "../format.ts";

interface FarProps {
  readonly of: { readonly progress: number; readonly eta_seconds?: number | undefined };
}

export function Far({ of }: FarProps) {
  return (
    <>
      <progress aria-label="how far" max={1} value={of.progress} /> {share(of.progress, 0)}
      {of.eta_seconds === undefined ? "" : `, ${span(of.eta_seconds)} left`}
    </>
  );
}
