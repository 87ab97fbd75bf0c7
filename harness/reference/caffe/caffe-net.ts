import { refuseGitLfsPointer } from '../git-lfs-pointer.ts';
import { CaffeFormatError, CaffeLayerError, type LayerPlace } from './caffe-error.ts';
import { parameterFields } from './layer-parameters.ts';
import { currentType } from './layer-types.ts';
import { isInTestPhase } from './phase-rules.ts';
import { type Fields, readFields, type Refuse } from './read-fields.ts';
import { parseTextFormat, type TextMessage } from './text-format.ts';

/** A layer as the prototxt declares it. */
export interface CaffeLayer extends LayerPlace {
  /** Blobs that it reads. */
  readonly bottoms: readonly string[];
  /** Blobs that it makes or, in place, changes. */
  readonly tops: readonly string[];
  /** The whole layer, for its parameters. */
  readonly text: TextMessage;
}

/** A blob that is fed from outside. */
export interface CaffeInput {
  readonly name: string;
  /** As declared, batch first. */
  readonly shape: readonly number[];
  readonly line: number;
}

/** A network in phase TEST, in today's words, whatever generation the file is of. */
export interface CaffeNet {
  readonly name: string;
  /** File it comes from, for messages. */
  readonly origin: string;
  readonly inputs: readonly CaffeInput[];
  /** In the file's order, which is the order of execution; without Input layers. */
  readonly layers: readonly CaffeLayer[];
  /** Blobs of layers whose rules leave them out of phase TEST. */
  readonly leftOut: ReadonlySet<string>;
}

const netFields = {
  name: 'text',
  input: 'texts',
  input_shape: 'messages',
  input_dim: 'ints',
  state: 'message',
  layer: 'messages',
  layers: 'messages',
  force_backward: 'ignored',
  debug_info: 'ignored',
} as const;

const stateFields = { phase: ['TRAIN', 'TEST'], level: 'int', stage: 'texts' } as const;

/** What is read of a layer. Training's fields are known, so that they are not taken for slips. */
const layerFields = {
  name: 'text',
  type: 'text',
  bottom: 'texts',
  top: 'texts',
  include: 'messages',
  exclude: 'messages',
  phase: 'ignored',
  param: 'ignored',
  blobs: 'ignored',
  blobs_lr: 'ignored',
  weight_decay: 'ignored',
  loss_weight: 'ignored',
  propagate_down: 'ignored',
  ...parameterFields,
} as const;

/** Extents of an `input_dim` list: one input's four. */
const legacyRank = 4;

/**
 * Reads a network's description and keeps what runs in phase TEST.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {CaffeFormatError} If the text is damaged or describes no network.
 * @throws {CaffeLayerError} If a layer is not declared as Caffe has it.
 * @throws {GitLfsPointerError}
 */
export function readPrototxt(bytes: Uint8Array, origin: string): CaffeNet {
  refuseGitLfsPointer(bytes, origin);
  if (bytes.includes(0)) {
    throw new CaffeFormatError(origin, 'this is no text', {
      hint: 'Check that prototxt and caffemodel have not changed places.',
    });
  }
  const document = parseTextFormat(new TextDecoder().decode(bytes), origin);
  const refuse: Refuse = (problem, line) => {
    throw new CaffeFormatError(`${origin}:${line}`, `the network ${problem}`);
  };
  const net = readFields(document, netFields, 'the network', refuse, 'ignore-but-typos');
  const declared = document.fields.flatMap(({ name, line, value }) =>
    (name === 'layer' || name === 'layers') && value.kind === 'message' ? [{ line, value }] : [],
  );
  refuseOtherDocuments(document, declared.length + net.input.length, origin);
  const stages = net.state === undefined ? [] : readFields(net.state, stateFields, 'state', refuse).stage;
  const all = declared.map((field) => readLayer(field, stages, origin));
  const layers = all.flatMap((layer) => (layer.runs ? [layer] : []));
  return {
    name: net.name ?? '',
    origin,
    inputs: [
      ...netInputs(net, document, refuse),
      ...layers.filter(({ type }) => type === 'Input').flatMap((layer) => layerInputs(layer, origin)),
    ],
    layers: layers.filter(({ type }) => type !== 'Input'),
    leftOut: new Set(all.flatMap(({ runs, tops }) => (runs ? [] : tops))),
  };
}

function refuseOtherDocuments(document: TextMessage, parts: number, origin: string): void {
  const names = new Set(document.fields.map(({ name }) => name));
  if (names.has('layer') && names.has('layers')) {
    throw new CaffeFormatError(origin, 'it has layers of both generations, `layer` and `layers`', {
      hint: 'Write all layers in one form; Caffe refuses such a file too.',
    });
  }
  if (parts > 0) return;
  const isSolver = ['net', 'train_net', 'test_net', 'net_param', 'base_lr'].some((name) => names.has(name));
  throw new CaffeFormatError(
    origin,
    isSolver
      ? 'this is a solver’s settings, not a network'
      : 'this text describes no Caffe network: it has no layers',
    { hint: 'Name the deploy network’s prototxt.' },
  );
}

function readLayer(
  { line, value }: { readonly line: number; readonly value: TextMessage },
  stages: readonly string[],
  origin: string,
): CaffeLayer & { readonly runs: boolean } {
  const unread = { name: textOf(value, 'name') ?? '?', type: textOf(value, 'type') ?? '?' };
  const refuse: Refuse = (problem, at) => {
    throw new CaffeLayerError(origin, { ...unread, line: at }, problem);
  };
  const fields = readFields(value, layerFields, 'the layer', refuse, 'ignore-but-typos');
  if (value.fields.some(({ name }) => name === 'layer')) {
    throw new CaffeFormatError(`${origin}:${line}`, 'layers are written in Caffe’s oldest form (V0)', {
      hint: 'Convert the file with Caffe’s upgrade_net_proto_text.',
    });
  }
  const type = currentType(fields.type ?? refuse('has no type', line));
  // Caffe lets a name be empty; people still want to know which layer is meant.
  const name = fields.name ?? fields.top[0] ?? type;
  const runs = isInTestPhase(fields, stages, line, refuse);
  return { name, type, line, bottoms: fields.bottom, tops: fields.top, text: value, runs };
}

function textOf({ fields }: TextMessage, name: string): string | undefined {
  const value = fields.find((field) => field.name === name)?.value;
  return value === undefined || value.kind === 'message' ? undefined : value.text;
}

const shapeFields = { dim: 'ints' } as const;
const inputParamFields = { shape: 'messages' } as const;

function checkedShape(dims: readonly number[], line: number, refuse: Refuse): readonly number[] {
  if (!dims.every((extent) => extent > 0)) refuse(`has an input of shape ${dims.join('x')}`, line);
  return dims;
}

/** Inputs in the network's own fields, in one of two forms. */
function netInputs(
  { input, input_shape, input_dim }: Fields<typeof netFields>,
  { fields }: TextMessage,
  refuse: Refuse,
): CaffeInput[] {
  const lines = fields.filter(({ name }) => name === 'input').map(({ line }) => line);
  const byDim = Array.from({ length: Math.ceil(input_dim.length / legacyRank) }, (_, i) =>
    input_dim.slice(i * legacyRank, (i + 1) * legacyRank),
  );
  const byShape = input_shape.map((shape) => readFields(shape, shapeFields, 'input_shape', refuse).dim);
  if (byShape.length > 0 && byDim.length > 0) {
    refuse('declares its inputs with input_dim and with input_shape; keep one form', lines[0] ?? 1);
  }
  const shapes = byShape.length > 0 ? byShape : byDim;
  const unfit = shapes.length !== input.length || (byDim.length > 0 && input_dim.length % legacyRank !== 0);
  if (unfit) {
    const given = byShape.length > 0 ? `${byShape.length} input_shape` : `${input_dim.length} input_dim`;
    refuse(`has ${input.length} inputs and ${given}; each input needs one shape of its own`, lines[0] ?? 1);
  }
  return input.map((name, i) => {
    const line = lines[i] ?? 1;
    return { name, shape: checkedShape(shapes[i]!, line, refuse), line };
  });
}

/** An Input layer has a shape for each top, or one for all. */
function layerInputs(layer: CaffeLayer, origin: string): CaffeInput[] {
  const refuse: Refuse = (problem, at) => {
    throw new CaffeLayerError(origin, { ...layer, line: at }, problem);
  };
  const { line, tops } = layer;
  const value = layer.text.fields.find(({ name }) => name === 'input_param')?.value;
  const shapes =
    value?.kind === 'message' ? readFields(value, inputParamFields, 'input_param', refuse).shape : [];
  if (shapes.length !== 1 && shapes.length !== tops.length) {
    refuse(`has ${shapes.length} shapes for ${tops.length} tops`, line);
  }
  return tops.map((name, i) => {
    const { dim } = readFields(shapes[shapes.length === 1 ? 0 : i]!, shapeFields, 'shape', refuse);
    return { name, shape: checkedShape(dim, line, refuse), line };
  });
}
