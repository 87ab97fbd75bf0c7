import { coloursFor } from '../../reports/console/appearance.ts';
import { type SpecFindings, warningLines } from '../inspect/against-spec/check-specs.ts';
import type { Io } from './io.ts';

/** Tells on standard error where specs and their model files contradict each other. */
export function warnAboutModels(found: readonly SpecFindings[], io: Io): void {
  const colours = coloursFor(io.stderr, io.env);
  for (const line of found.flatMap(warningLines)) {
    io.stderr.write(`${line.replace(/^warning/, colours.yellow)}\n`);
  }
}
