import { basename, extname } from 'node:path';
import { hashFile } from '../golden/file-hash.ts';
import type { ConversionSource } from '../spec/case.ts';
import { canonicalJsonSha256 } from '../tensor/content-hash.ts';
import { type ConverterConfig, placeholdersIn } from './convert-config.ts';
import type { ConversionSettings } from './conversion-settings.ts';

/** One model to be made: a network, its settings, and the toolkit that makes it. */
export interface Conversion {
  readonly sdk: string;
  readonly converter: ConverterConfig;
  /** Version that the result must name. */
  readonly toolkit: string;
  readonly source: ConversionSource;
  readonly settings: ConversionSettings;
  /** Hash of everything that decides the result: two conversions of one key are the same. */
  readonly key: string;
}

/** The converter gets the network under its own name, for some toolkits put it into the file. */
export const networkName = ({ model }: ConversionSource): string => basename(model, extname(model));

/**
 * @param script - Of our script for the vendor's toolkits; counts only where the command uses it.
 * @throws {FileUnreadableError} If a file of the network or of the calibration data is not there.
 */
export async function planConversion(
  parts: Omit<Conversion, 'key' | 'toolkit'>,
  script: string,
): Promise<Conversion> {
  const { sdk, converter, source, settings } = parts;
  const toolkit = converter.toolkit ?? sdk;
  const hashes = (paths: readonly string[]) => Promise.all(paths.map(hashFile));
  const used = placeholdersIn(converter.command);
  const key = canonicalJsonSha256({
    conversion: 1,
    name: networkName(source),
    files: await hashes([source.model, ...(source.weights === undefined ? [] : [source.weights])]),
    settings: settings.values,
    dataset:
      settings.dataset === undefined
        ? null
        : await Promise.all(
            settings.dataset.map(async (run) =>
              (await hashes(run)).map((sha256, i) => [sha256, extname(run[i]!).toLowerCase()]),
            ),
          ),
    command: converter.command,
    toolkit,
    ...(used.has('script') || used.has('work') ? { script: await hashFile(script) } : {}),
  });
  return { ...parts, toolkit, key };
}
