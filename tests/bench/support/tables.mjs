// Figures for people.

/** The least, the middle and the largest. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
}

/** Three digits and a letter for thousands. */
export function human(value) {
  for (const [factor, letter] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']]) {
    if (value >= factor) {
      return `${(value / factor).toPrecision(3)} ${letter}`;
    }
  }
  return `${value.toPrecision(3)}  `;
}

export const ratio = (value) => (Number.isFinite(value) ? `${value.toPrecision(3)} x` : '');

/** Lines of cells, the first column to the left, the others to the right. */
export function printTable(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    console.log(line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ').trimEnd());
  }
}
