// Places for pipelines whose stages run, and those that wait for one, first come, first served. Who stands still for a while
// gives its place back and stands in line again, behind the others.
export class Turns {
  private readonly places: number;
  /** Each is told whether the place of somebody else is its own now. */
  private readonly line: ((given: boolean) => void)[] = [];
  private taken = 0;

  constructor(places: number) {
    this.places = places;
  }

  get waiting(): number {
    return this.line.length;
  }

  /** Resolves with how to give the place back, which may be done more than once; with null when `signal` aborts before. */
  async take(signal: AbortSignal, onQueued: () => void = () => undefined): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (this.taken < this.places) this.taken++;
    else {
      onQueued();
      if (!(await this.standInLine(signal))) return null;
    }
    const back = this.back();
    if (!signal.aborted) return back;
    back();
    return null;
  }

  private standInLine(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const called = (given: boolean): void => {
        signal.removeEventListener("abort", leave);
        resolve(given);
      };
      const leave = (): void => {
        this.line.splice(this.line.indexOf(called), 1);
        called(false);
      };
      this.line.push(called);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  private back(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.line.shift();
      if (next === undefined) this.taken--;
      else next(true);
    };
  }
}
