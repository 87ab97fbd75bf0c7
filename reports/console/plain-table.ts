import { displayWidth } from './display-width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const gap = '  ';

/**
 * Cells in columns without lines: two spaces between, nothing behind the last. Cells may hold colours. (cli-table3 draws
 * the same, but takes seconds for the thousands of rows that a farm's run has.)
 */
export function plainTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows];
  const widths = cells.map((row) => row.map(displayWidth));
  const columnWidths = columns.map((_, column) =>
    widths.reduce((widest, row) => Math.max(widest, row[column] ?? 0), 0),
  );
  return cells.map((row, index) =>
    columns
      .map(({ align }, column) => {
        const cell = row[column] ?? '';
        const blanks = ' '.repeat((columnWidths[column] ?? 0) - (widths[index]?.[column] ?? 0));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join(gap)
      .trimEnd(),
  );
}
