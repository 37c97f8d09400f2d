// The symbols of a soak whose price only rises, so that each of their ticks may give a signal.
export const RISING_SYMBOLS = 10;

export function risingSymbol(index: number): string {
  return `RISE${index}USD`;
}
