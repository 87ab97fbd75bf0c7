import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { explainIssues } from '../spec/explain-issues.ts';
import { parseTextDocument } from '../spec/parse-document.ts';
import { readText } from '../spec/read-text.ts';
import { SpecError } from '../spec/spec-error.ts';

/**
 * The harness looks at the calibration data only; everything else is the converter's business and goes to it as it is.
 * The keys of the vendor's `rknn.config` and `rknn.build` are understood by our script and by the virtual board's converter.
 */
const settingsSchema = z.looseObject({
  dataset: z
    .union([
      z.string().min(1),
      z.array(z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])).min(1),
    ])
    .optional(),
});

/** A file of conversion settings with its calibration data found. */
export interface ConversionSettings {
  /** Absolute. */
  readonly path: string;
  /** All keys but `dataset`. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Absolute paths: one list for each run of the network, in order; undefined where the settings name no data. */
  readonly dataset: readonly (readonly string[])[] | undefined;
}

/**
 * Reads conversion settings (YAML or JSON). Paths under `dataset` are relative to the file, those in a listing to the listing.
 *
 * @param shown - The path as people know it.
 * @throws {SpecError} If the file or its listing cannot be read, or is wrong.
 */
export function readConversionSettings(path: string, shown: string): ConversionSettings {
  const value = parseTextDocument(readText(path, shown), shown).value ?? {};
  const parsed = settingsSchema.safeParse(value);
  if (!parsed.success)
    throw new SpecError(shown, explainIssues(parsed.error.issues, settingsSchema, value), {
      hint: 'Correct the file; docs/converting.md says what it holds.',
    });
  const { dataset, ...values } = parsed.data;
  return { path, values, dataset: dataset === undefined ? undefined : datasetOf(dataset, path, shown) };
}

function datasetOf(
  dataset: string | readonly (string | readonly string[])[],
  path: string,
  shown: string,
): string[][] {
  if (typeof dataset !== 'string')
    return dataset.map((run) => [run].flat().map((file) => resolve(dirname(path), file)));
  const listing = resolve(dirname(path), dataset);
  const runs = readText(listing, `${shown}: dataset ${dataset}`)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map((file) => resolve(dirname(listing), file)));
  if (runs.length === 0)
    throw new SpecError(shown, [{ path: 'dataset', message: `names ${dataset}, which lists no file` }], {
      hint: 'List the calibration pictures, one run of the network on a line.',
    });
  return runs;
}
