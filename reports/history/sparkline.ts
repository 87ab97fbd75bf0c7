const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A value of a series, or why there is none. */
export type SparkValue = number | 'failed' | 'broken';

/**
 * A series as one line of text, one character for each value: its height from 0 to the series' largest, `×` for a
 * failure, `·` where there is no value.
 */
export function sparkline(values: readonly SparkValue[]): string {
  const numbers = values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const top = Math.max(0, ...numbers);
  return values
    .map((value) => {
      if (value === 'failed') return '×';
      if (value === 'broken' || Number.isNaN(value)) return '·';
      const share = top === 0 ? 0 : value / top;
      return (
        blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))] ?? blocks[blocks.length - 1]!
      );
    })
    .join('');
}
