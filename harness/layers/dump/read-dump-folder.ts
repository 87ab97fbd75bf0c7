import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancellable } from '../../cancellable.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { bytesPerElement, elementsOf, type DType } from '../../tensor/dtype.ts';
import { decodeNpy } from '../../tensor/npy.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { tensor } from '../../tensor/tensor.ts';
import { LayerDumpError } from './dump-error.ts';
import { parseDumpName, type DumpName } from './dump-name.ts';
import { gatherLayers, type DumpFile, type LayerDump } from './dumped-layer.ts';
import { layerNamesFile, parseLayerNames } from './layer-names.ts';
import { NumberTextParser } from './parse-numbers.ts';

export interface DumpProgress {
  readonly file: string;
  readonly bytes: { readonly done: number; readonly total: number };
}

export interface ReadDumpOptions extends Cancellable {
  readonly onProgress?: ((progress: DumpProgress) => void) | undefined;
  /** Element type of raw tensors, where their size leaves a choice. */
  readonly binaryType?: DType | undefined;
}

interface Found {
  readonly fileName: string;
  readonly name: DumpName;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Text is read in pieces of this size, so that memory does not depend on the files'. */
const pieceBytes = 1 << 20;

/**
 * Reads a folder of a driver's layer dumps, or one of those that the toolkit's accuracy analysis writes.
 *
 * @throws {LayerDumpError} If there is no dump in it, or one does not hold what its name says.
 */
export async function readDumpFolder(folder: string, options: ReadDumpOptions = {}): Promise<LayerDump> {
  const { found, others } = await listDumps(folder);
  if (found.length === 0) {
    throw new LayerDumpError(
      `${folder} holds no layer dump (${others.length === 0 ? 'it is empty' : `files there: ${others.slice(0, 3).join(', ')}`})`,
      'Name the folder that NodeID_..._w_.._h_.._d_..txt files are in; on the board they appear where the program ran with NN_LAYER_DUMP=1.',
    );
  }
  const { ordered, by } = await inOrder(folder, found, others);
  const layerNames = others.includes(layerNamesFile)
    ? parseLayerNames(await readFile(join(folder, layerNamesFile), 'utf8'))
    : new Map<number, string>();
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const files: DumpFile[] = [];
  for (const each of ordered) {
    options.signal?.throwIfAborted();
    files.push({ fileName: each.fileName, name: each.name, values: await readValues(folder, each, options) });
    done += each.bytes;
    options.onProgress?.({ file: each.fileName, bytes: { done, total } });
  }
  const guessed = by === 'time';
  const remarks = guessed
    ? [
        'Neither the names nor an order.txt say in which order the layers ran; they are taken in the order in which the files were written.',
      ]
    : [];
  return { layers: gatherLayers(files, layerNames), order: guessed ? 'guessed' : 'execution', remarks };
}

async function listDumps(folder: string): Promise<{ found: Found[]; others: string[] }> {
  const found: Found[] = [];
  const others: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new LayerDumpError(
      `${folder} cannot be listed: ${(cause as Error).message}`,
      'Name a folder that holds a layer dump.',
      cause,
    );
  });
  for (const entry of entries) {
    const name = entry.isDirectory() ? undefined : parseDumpName(entry.name);
    if (!name) others.push(entry.name);
    else {
      const { size, mtimeMs } = await stat(join(folder, entry.name));
      found.push({ fileName: entry.name, name, bytes: size, modifiedMs: mtimeMs });
    }
  }
  return { found, others };
}

/** By the counter in the names, else by order.txt, else by the time of writing and the driver's node numbers. */
async function inOrder(
  folder: string,
  found: readonly Found[],
  others: readonly string[],
): Promise<{ ordered: Found[]; by: 'sequence' | 'list' | 'time' }> {
  if (found.every(({ name }) => name.sequence !== undefined)) {
    return { ordered: found.toSorted((a, b) => a.name.sequence! - b.name.sequence!), by: 'sequence' };
  }
  if (others.includes('order.txt')) {
    const lines = (await readFile(join(folder, 'order.txt'), 'utf8'))
      .split(/\r?\n/)
      .map((line) => line.trim().split(/\s+/).at(-1)!)
      .filter((line) => line !== '');
    const position = ({ fileName }: Found) => {
      const at = lines.findIndex((line) => fileName === line || fileName.startsWith(`${line}_`));
      return at === -1 ? lines.length : at;
    };
    return { ordered: found.toSorted((a, b) => position(a) - position(b)), by: 'list' };
  }
  const ordered = found.toSorted(
    (a, b) => a.modifiedMs - b.modifiedMs || (a.name.node ?? 0) - (b.name.node ?? 0),
  );
  return { ordered, by: 'time' };
}

async function readValues(folder: string, each: Found, options: ReadDumpOptions): Promise<Float32Array> {
  const path = join(folder, each.fileName);
  const { width, height, depth, contents } = each.name;
  const count = width * height * depth;
  if (contents === 'text') return readText(path, each, count);
  const bytes = await readFile(path);
  if (contents === 'npy') {
    const values = dequantise(decodeNpy(bytes, path), notQuantised).data;
    if (values.length % count === 0 && values.length > 0) return values;
    throw new LayerDumpError(`${path} holds ${values.length} values, its name says ${count}`);
  }
  return readBinary(path, bytes, count, options.binaryType);
}

async function readText(path: string, { bytes }: Found, count: number): Promise<Float32Array> {
  // A line has two bytes at least; a name must not make us take more memory than its file can fill.
  if (count > bytes) {
    throw new LayerDumpError(
      `${path} has ${bytes} bytes, too few for the ${count} values that its name says`,
    );
  }
  const values = new Float32Array(count);
  const parser = new NumberTextParser(values);
  await using file = await openFile(path);
  const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes + 1));
  let problem;
  while (problem === undefined) {
    const { bytesRead } = await file.read(piece, 0, piece.length);
    problem = bytesRead === 0 ? parser.end() : parser.push(piece.subarray(0, bytesRead));
    if (bytesRead === 0) break;
  }
  if (problem) throw new LayerDumpError(`${path}, line ${problem.line}: ${problem.message}`);
  return values;
}

const openFile = (path: string): Promise<FileHandle & AsyncDisposable> => open(path);

function readBinary(
  path: string,
  bytes: Uint8Array,
  count: number,
  declared: DType | undefined,
): Float32Array {
  const perValue = bytes.length / count;
  const type = declared ?? (perValue === 4 ? 'float32' : perValue === 2 ? 'float16' : undefined);
  if (type === undefined || bytesPerElement(type) !== perValue) {
    throw new LayerDumpError(
      `${path} has ${bytes.length} bytes for the ${count} values that its name says${declared === undefined ? '' : `, which are no ${declared}`}`,
      perValue === 1
        ? 'Codes of one byte have no values of their own: dump text, which the driver writes in real values.'
        : 'Copy the whole file again, or dump text.',
    );
  }
  return dequantise(tensor(type, [count], elementsOf(type, bytes)), notQuantised).data;
}
