import { fromBinary } from '@bufbuild/protobuf';
import { refuseGitLfsPointer } from '../git-lfs-pointer.ts';
import { readBlob, type CaffeBlob } from './caffe-blob.ts';
import { CaffeFormatError } from './caffe-error.ts';
import { netDescriptor } from './schema.ts';

/** A binary caffemodel of either generation: weights by the name of their layer. */
export interface CaffeModel {
  /** File it comes from, for messages. */
  readonly origin: string;
  /** In the file's order; of layers with weights only. Of two layers with one name the later counts, as in Caffe. */
  readonly blobs: ReadonlyMap<string, readonly CaffeBlob[]>;
}

interface LayerMessage {
  readonly name: string;
  readonly blobs: readonly Uint8Array[];
  readonly layer?: Uint8Array;
}

/**
 * Decodes a caffemodel. The weights share its memory where its alignment allows.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {CaffeFormatError} If it is damaged or no caffemodel.
 * @throws {GitLfsPointerError}
 */
export function readCaffemodel(bytes: Uint8Array, origin: string): CaffeModel {
  refuseGitLfsPointer(bytes, origin);
  const isNoModel = (problem: string, cause?: unknown) =>
    new CaffeFormatError(origin, problem, {
      hint: looksLikeText(bytes)
        ? 'The file is text: check that prototxt and caffemodel have not changed places.'
        : 'Check that the whole file was copied.',
      cause,
    });
  try {
    const net = fromBinary(netDescriptor, bytes, { readUnknownFields: false }) as unknown as {
      readonly layers: readonly LayerMessage[];
      readonly layer: readonly LayerMessage[];
    };
    const layers = [...net.layers, ...net.layer];
    if (layers.length === 0) throw isNoModel('this is no caffemodel: it has no layers');
    const isOldest = net.layers.some(({ layer, blobs }) => blobs.length === 0 && (layer?.length ?? 0) > 0);
    if (isOldest) {
      throw new CaffeFormatError(origin, 'its layers are in Caffe’s oldest form (V0)', {
        hint: 'Convert the file with Caffe’s upgrade_net_proto_binary.',
      });
    }
    const withBlobs = layers.filter(({ blobs }) => blobs.length > 0);
    return {
      origin,
      blobs: new Map(withBlobs.map(({ name, blobs }) => [name, blobs.map((blob) => readBlob(blob))])),
    };
  } catch (cause) {
    if (cause instanceof CaffeFormatError) throw cause;
    throw isNoModel('this is no caffemodel, or a damaged one', cause);
  }
}

/** A prototxt by mistake: printable characters only. */
const looksLikeText = (bytes: Uint8Array): boolean =>
  bytes.length > 0 &&
  bytes.subarray(0, 200).every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32);
