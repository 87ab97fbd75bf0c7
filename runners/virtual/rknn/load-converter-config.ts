import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { YAMLParseError, parse } from 'yaml';
import { CalibrationError } from '../../../harness/reference/npu-format/conversion-error.ts';
import { decodeNpy } from '../../../harness/tensor/npy.ts';
import { ConverterConfigError, parseConverterConfig, type ConverterConfig } from './converter-config.ts';
import type { DatasetItem, DatasetSample, LoadPicture } from './dataset.ts';

export interface LoadedConverterConfig {
  readonly config: ConverterConfig;
  /** Calibration data that the config names; empty if it names none. */
  readonly dataset: readonly DatasetSample[];
}

/**
 * Reads a converter config (YAML). Paths in it are relative to its folder; those in a listing file to the listing.
 *
 * @throws {ConverterConfigError} If the file cannot be read or is wrong.
 */
export async function loadConverterConfig(
  path: string,
  loadPicture: LoadPicture,
): Promise<LoadedConverterConfig> {
  const config = parseConverterConfig(await parseYaml(path), path);
  const runs = await datasetPaths(config, path);
  return { config, dataset: runs.map((run) => run.map((file) => datasetItem(file, loadPicture))) };
}

async function parseYaml(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parse(text);
  } catch (cause) {
    const place = cause instanceof YAMLParseError && cause.linePos ? `, line ${cause.linePos[0].line}` : '';
    throw new ConverterConfigError(path, [`it is no YAML${place}`], cause);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConverterConfigError(
      path,
      [`it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`],
      cause,
    );
  }
}

async function datasetPaths({ dataset = [] }: ConverterConfig, configPath: string): Promise<string[][]> {
  if (typeof dataset !== 'string') {
    return dataset.map((run) => run.map((file) => resolve(dirname(configPath), file)));
  }
  const listing = resolve(dirname(configPath), dataset);
  const lines = (await readText(listing)).split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map((file) => resolve(dirname(listing), file)));
}

const datasetItem = (path: string, load: LoadPicture): DatasetItem =>
  path.endsWith('.npy') ? { kind: 'array', path, load: loadArray } : { kind: 'picture', path, load };

async function loadArray(path: string) {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new CalibrationError(path, 'it cannot be read', 'Check the path under dataset.', cause);
  }
  return decodeNpy(bytes, path);
}
