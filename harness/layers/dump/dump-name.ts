/** What the name of a dump's file says. */
export interface DumpName {
  /** Name that the runtime gave the tensor; absent where the driver invented the tensor or writes no names. */
  readonly tensorName?: string | undefined;
  /** Number and output port of the node in the model file, where the tensor's name holds them. */
  readonly uid?: number | undefined;
  readonly port?: number | undefined;
  /** Position in execution order, where the name tells it. */
  readonly sequence?: number | undefined;
  /** Node number in the driver's graph, not in the model file. */
  readonly node?: number | undefined;
  /** The driver's class of the node. */
  readonly kind: string;
  /** Extents; the dump's element count is their product. */
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** Image of a batch. */
  readonly batch: number;
  /** Output of the node. */
  readonly out: number;
  readonly contents: 'text' | 'binary' | 'npy';
  /** Only in names of the toolkit's accuracy analysis, which say it. */
  readonly interleaved?: boolean | undefined;
}

const extents = '_w_(?<w>\\d+)_h_(?<h>\\d+)_d_(?<d>\\d+)_batchID_(?<batch>\\d+)_out_(?<out>\\d+)';

/** Text files of drivers from 2019 to release 1.7.5, of release 1.7.0 and of the toolkit's simulator. */
const textName = new RegExp(
  `^(?:tensorName_(?<name>.*?)_(?:(?<seq>\\d{4,})_)?)?(?:gpuID_\\d+_)?NodeID_(?<node>\\d+)_(?<kind>[A-Za-z0-9_]+?)${extents}\\.txt$`,
);

/** Raw tensors that a driver writes under `VIV_VX_ENABLE_SAVE_NETWORK_BINARY`. */
const binaryName =
  /^(?<node>\d+)_(?<kind>[A-Za-z0-9_]+?)_(?<w>\d+)_(?<h>\d+)_(?<d>\d+)_(?<batch>\d+)_(?<out>\d+)_tensorName_(?<name>.*)\.bin$/;

/** Files of `rknn.accuracy_analysis`: layer, output, layout and shape. */
const analysisName =
  /^(?<name>.+?)_out_?(?<out>\d+)_(?<layout>nhwc|nchw)_(?<dims>\d+(?:_\d+){0,4})\.(?<extension>npy|tensor|txt)$/i;

/** Reads a dump's file name; undefined if it is none. The folder must be taken off. */
export function parseDumpName(fileName: string): DumpName | undefined {
  const vendor = textName.exec(fileName) ?? binaryName.exec(fileName);
  if (vendor) return vendorName(vendor.groups!, fileName.endsWith('.bin') ? 'binary' : 'text');
  const analysis = analysisName.exec(fileName);
  return analysis ? fromAnalysis(analysis.groups!) : undefined;
}

type Groups = Readonly<Record<string, string | undefined>>;

function vendorName(
  { name = '', seq, node, kind, w, h, d, batch, out }: Groups,
  contents: 'text' | 'binary',
): DumpName {
  const origin = /^uid_(?<uid>\d+)_out_(?<port>\d+)$/.exec(name)?.groups;
  return {
    ...(name === '' ? {} : { tensorName: name }),
    ...(origin ? { uid: Number(origin['uid']), port: Number(origin['port']) } : {}),
    ...(seq === undefined ? {} : { sequence: Number(seq) }),
    node: Number(node),
    kind: kind!,
    width: Number(w),
    height: Number(h),
    depth: Number(d),
    batch: Number(batch),
    out: Number(out),
    contents,
  };
}

function fromAnalysis({ name, out, layout, dims, extension }: Groups): DumpName {
  const interleaved = layout!.toLowerCase() === 'nhwc';
  const [, ...shape] = dims!.split('_').map(Number);
  const [depth = 1, height = 1, width = 1] =
    shape.length < 3
      ? [1, 1, shape.reduce((a, b) => a * b, 1)]
      : interleaved
        ? [shape[2]!, shape[0]!, shape[1]!]
        : shape;
  return {
    tensorName: name!,
    kind: /^[A-Za-z0-9]+/.exec(name!)?.[0] ?? name!,
    width,
    height,
    depth,
    batch: 0,
    out: Number(out),
    contents: extension!.toLowerCase() === 'npy' ? 'npy' : 'text',
    interleaved,
  };
}
