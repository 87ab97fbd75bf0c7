import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { FileUnreadableError } from '../golden/file-hash.ts';
import type { ConverterPlaceholder } from './convert-config.ts';
import { type Conversion, networkName } from './conversion.ts';

/** What our script for the vendor's toolkits reads. Paths are relative to the request's own folder. */
export interface ConversionRequest {
  readonly schema: 1;
  readonly toolkit: string;
  readonly model: string;
  readonly weights: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly dataset: string | null;
  readonly output: string;
}

/** A folder with copies of everything that a converter needs. */
export interface StagedConversion {
  readonly values: Readonly<Record<ConverterPlaceholder, string>>;
  /** Where the converter is to put the model, absolute. */
  readonly output: string;
}

/**
 * Copies network, settings and calibration data into a work folder. The converter sees nothing else of the project, so that
 * what was hashed is what is converted, and a container needs one mount.
 *
 * @param work - Absolute; made here.
 * @throws {FileUnreadableError}
 */
export async function stageConversion(
  { source, settings, toolkit }: Conversion,
  work: string,
  root: string,
  script: string,
): Promise<StagedConversion> {
  await mkdir(work, { recursive: true });
  const take = async (from: string, as: string): Promise<string> => {
    await copyFile(from, join(work, as)).catch((cause: unknown) => {
      throw new FileUnreadableError(from, cause);
    });
    return as;
  };
  const model = await take(source.model, basename(source.model));
  const weights =
    source.weights === undefined ? undefined : await take(source.weights, basename(source.weights));
  await take(script, 'convert.py');

  let dataset: string | undefined;
  if (settings.dataset !== undefined) {
    await mkdir(join(work, 'dataset'));
    const lines: string[] = [];
    let next = 0;
    for (const run of settings.dataset) {
      const names: string[] = [];
      // Blanks separate files in the vendor's listings, so names are made plain.
      for (const file of run) {
        const plain = basename(file).replaceAll(/[^\w.-]/g, '_');
        names.push(await take(file, `dataset/${String(++next).padStart(4, '0')}-${plain}`));
      }
      lines.push(names.join(' '));
    }
    dataset = 'dataset.txt';
    await writeFile(join(work, dataset), `${lines.join('\n')}\n`);
  }
  await writeFile(
    join(work, 'settings.yaml'),
    stringify({ ...settings.values, ...(dataset === undefined ? {} : { dataset }) }),
  );
  const output = `${networkName(source)}.rknn`;
  const request: ConversionRequest = {
    schema: 1,
    toolkit,
    model,
    weights: weights ?? null,
    settings: settings.values,
    dataset: dataset ?? null,
    output,
  };
  await writeFile(join(work, 'request.json'), `${JSON.stringify(request, undefined, 2)}\n`);
  return {
    output: join(work, output),
    values: {
      model: join(work, model),
      weights: weights === undefined ? '' : join(work, weights),
      settings: join(work, 'settings.yaml'),
      dataset: dataset === undefined ? '' : join(work, dataset),
      request: join(work, 'request.json'),
      script: join(work, 'convert.py'),
      output: join(work, output),
      work,
      root,
      toolkit,
      user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    },
  };
}
