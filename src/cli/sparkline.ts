// A curve as one line of text, for terminals: each column shows the mean of its stretch between the lowest and the
// highest. Values that are not a number leave a blank.
const BLOCKS = "▁▂▃▄▅▆▇█";

export function sparkline(values: ArrayLike<number>, width: number): string {
  const count = Math.min(width, values.length);
  const means = Array.from({ length: count }, (_, column) => {
    const [from, to] = [
      Math.floor((values.length * column) / count),
      Math.floor((values.length * (column + 1)) / count),
    ];
    let [sum, known] = [0, 0];
    for (let index = from; index < to; index++) {
      const value = values[index] ?? Number.NaN;
      if (Number.isFinite(value)) [sum, known] = [sum + value, known + 1];
    }
    return known === 0 ? Number.NaN : sum / known;
  });
  let [low, high] = [Infinity, -Infinity];
  for (const mean of means) [low, high] = [mean < low ? mean : low, mean > high ? mean : high];
  return means
    .map((mean) => {
      if (Number.isNaN(mean)) return " ";
      const level = high > low ? Math.floor((8 * (mean - low)) / (high - low)) : 3;
      return BLOCKS[Math.min(7, level)] ?? " ";
    })
    .join("");
}
