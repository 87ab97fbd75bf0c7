import { coloursFor } from '../../reports/console/appearance.ts';
import { type SpecFindings, warningTexts } from '../inspect/against-spec/check-specs.ts';
import type { Io } from './io.ts';

/** Tells on standard error where specs and their model files contradict each other; each thing once, whatever the SDK. */
export function warnAboutModels(found: readonly SpecFindings[], io: Io): void {
  const colours = coloursFor(io.stderr, io.env);
  for (const text of new Set(found.flatMap(warningTexts))) {
    io.stderr.write(`${text.replace(/^warning/, colours.yellow)}\n`);
  }
}
