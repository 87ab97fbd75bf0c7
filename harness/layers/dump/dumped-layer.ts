import type { LayerOutput } from '../../board/session.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { LayerDumpError } from './dump-error.ts';
import { parseDumpName, type DumpName } from './dump-name.ts';

/** One dumped tensor with all images of its batch, in the order of the driver's files. */
export interface DumpedLayer extends Pick<
  DumpName,
  'tensorName' | 'uid' | 'port' | 'node' | 'kind' | 'width' | 'height' | 'depth' | 'out' | 'interleaved'
> {
  /** Of the files, one for each image. */
  readonly names: readonly string[];
  /** What the runtime's table of nodes calls the layer: `<name>_<uid>` of the model file. */
  readonly layerName?: string | undefined;
  /** `batch * depth * height * width` real values, image after image; inside an image in the file's order. */
  readonly values: Float32Array;
}

/** A file of a dump before its images are put together. */
export interface DumpFile {
  readonly fileName: string;
  readonly name: DumpName;
  readonly values: Float32Array;
}

/** All layers of a dump. */
export interface LayerDump {
  readonly layers: readonly DumpedLayer[];
  /** What the layers' order rests on; `guessed` may be wrong. */
  readonly order: 'execution' | 'guessed';
  /** What a reader of the dump should know. */
  readonly remarks: readonly string[];
}

/**
 * Puts the images of a batch together. Layers keep the order of their first files.
 *
 * @param layerNames - The runtime's names by node number.
 */
export function gatherLayers(
  files: readonly DumpFile[],
  layerNames: ReadonlyMap<number, string> = new Map(),
): DumpedLayer[] {
  const groups = new Map<string, DumpFile[]>();
  for (const file of files) {
    const { tensorName = '', sequence = '', node = '', out } = file.name;
    // The images of a batch have numbers of their own in names that count executions.
    const key = JSON.stringify([tensorName, node, out, node === '' ? sequence : '']);
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()].map((group) => gather(group, layerNames));
}

/** The layers of a dump run over a session, which come in execution order. */
export function dumpOfSession(
  outputs: readonly LayerOutput[],
  layerNames?: ReadonlyMap<number, string>,
): LayerDump {
  const files = outputs.map(({ name: fileName, tensor }) => {
    const name = parseDumpName(fileName);
    if (!name) throw new LayerDumpError(`the board sent a layer called ${fileName}, which is no dump's name`);
    return { fileName, name, values: dequantise(tensor, notQuantised).data };
  });
  return { layers: gatherLayers(files, layerNames), order: 'execution', remarks: [] };
}

function gather(group: readonly DumpFile[], layerNames: ReadonlyMap<number, string>): DumpedLayer {
  const files = group.toSorted((a, b) => a.name.batch - b.name.batch);
  const [{ name: first, values: image }] = files as [DumpFile, ...DumpFile[]];
  files.forEach(({ fileName, name, values }, batch) => {
    if (name.batch !== batch || values.length !== image.length) {
      throw new LayerDumpError(
        `${fileName} is image ${name.batch} with ${values.length} values, expected image ${batch} with ${image.length}: images of one layer are missing or differ`,
      );
    }
  });
  const layerName = first.node === undefined ? undefined : layerNames.get(first.node);
  const { tensorName, uid, port, node, kind, width, height, depth, out, interleaved } = first;
  return {
    names: files.map(({ fileName }) => fileName),
    ...(tensorName === undefined ? {} : { tensorName }),
    ...(uid === undefined ? {} : { uid, port }),
    ...(node === undefined ? {} : { node }),
    ...(interleaved === undefined ? {} : { interleaved }),
    ...(layerName === undefined ? {} : { layerName }),
    kind,
    width,
    height,
    depth,
    out,
    values: files.length === 1 ? image : joined(files.map(({ values }) => values)),
  };
}

function joined(images: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(images.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const image of images) {
    all.set(image, at);
    at += image.length;
  }
  return all;
}
