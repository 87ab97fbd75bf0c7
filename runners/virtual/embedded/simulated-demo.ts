import type { BoardInput } from '../../../harness/board/session.ts';
import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import { HilError } from '../../../harness/hil-error.ts';
import { dequantise } from '../../../harness/tensor/dequantise.ts';
import { type Npu, type NpuContext, VendorFailure } from '../npu.ts';
import { FileError } from './memory-file-system.ts';
import type { Program, ProgramCall } from './shell.ts';

/** A program of the embedded board that prints as the vendor's rknn_mobilenet_demo does. Simulated, and says so. */
export const simulatedDemoName = 'rknn_simulated_demo';

/** What the vendor's demos exit with when anything fails (-1). */
const failed = 255;
const listed = 5;

/**
 * `rknn_simulated_demo <model.rknn> <picture> [loop]`: resizes the picture to the model's input without keeping its shape,
 * feeds it as RGB bytes, and prints the five best classes of each output. The simulated NPU computes; the printed times
 * are none of a chip's.
 */
export const simulatedDemo =
  (npuOf: (call: ProgramCall) => Npu): Program =>
  async (call) => {
    const { args, stdout, system } = call;
    const [modelPath = '', picturePath = '', loops = '1'] = args;
    const print = (line: string): void => void stdout.write(`${line}\n`);
    print(
      `${simulatedDemoName}: a stand-in for the vendor's demo on a simulated NPU; nothing here is hardware`,
    );
    const model = readOr(() => system.files.read(modelPath));
    if (model === undefined) return complain(print, `fopen ${modelPath} fail!`);
    const npu = npuOf(call);
    try {
      await using context = await npu.init(model, print);
      printTensors(context, print);
      const input = await loadPicture(
        context,
        readOr(() => system.files.read(picturePath)),
        picturePath,
      );
      if (input === undefined) return complain(print, 'load image failed!');
      await runAndPrint(context, input, Math.max(1, Number(loops) || 1), print);
      print(`sdk version: ${npu.apiVersion} driver version: ${npu.driverVersion}`);
      return 0;
    } catch (error) {
      if (!(error instanceof VendorFailure)) throw error;
      return complain(print, `${error.call} fail! ret=${error.status}`);
    }
  };

function complain(print: (line: string) => void, line: string): number {
  print(line);
  return failed;
}

function readOr(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

function printTensors({ inputs, outputs }: NpuContext, print: (line: string) => void): void {
  print(`model input num: ${inputs.length}, output num: ${outputs.length}`);
  print('input tensors:');
  for (const attribute of inputs) print(tensorLine(attribute));
  print('output tensors:');
  for (const attribute of outputs) print(tensorLine(attribute));
}

const typeNames: Readonly<Record<string, string>> = {
  float32: 'FP32',
  float16: 'FP16',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
};

/** As the vendor's demos print an attribute since 1.7.3. */
function tensorLine({ index, name, shape, dtype, layout, quantisation, sizeBytes }: TensorAttribute): string {
  const { kind } = quantisation;
  const fields = [
    `index=${index}`,
    `name=${name}`,
    `n_dims=${shape.length}`,
    `dims=[${shape.join(', ')}]`,
    `n_elems=${shape.reduce((product, extent) => product * extent, 1)}`,
    `size=${sizeBytes}`,
    `fmt=${layout}`,
    `type=${typeNames[dtype] ?? 'UNKNOW'}`,
    `qnt_type=${kind.toUpperCase()}`,
    `zp=${kind === 'affine' ? quantisation.zp : 0}`,
    `scale=${(kind === 'affine' ? quantisation.scale : 1).toFixed(6)}`,
  ];
  return `  ${fields.join(', ')}`;
}

/** @returns undefined if the file is no picture that can be fed. */
async function loadPicture(
  { inputs: [attribute] }: NpuContext,
  bytes: Uint8Array | undefined,
  path: string,
): Promise<BoardInput | undefined> {
  if (attribute === undefined || attribute.shape.length !== 4 || bytes === undefined) return undefined;
  const [, a = 0, b = 0, c = 0] = attribute.shape;
  const [height, width, channels] = attribute.layout === 'NHWC' ? [a, b, c] : [b, c, a];
  if (channels !== 3) return undefined;
  // Pictures are decoded by a large library, which most boards never need.
  const [{ decodePicture }, { cropAndResize }, { arrange }, { preprocessSchema }] = await Promise.all([
    import('../../../harness/input/decode-picture.ts'),
    import('../../../harness/input/preprocess.ts'),
    import('../../../harness/input/arrange.ts'),
    import('../../../harness/spec/schema.ts'),
  ]);
  try {
    const pixels = cropAndResize(
      await decodePicture(bytes, path),
      preprocessSchema.parse({
        alpha: 'drop',
        grey: 'expand',
        resize: { width, height },
        channelOrder: 'rgb',
        layout: 'NHWC',
      }),
    );
    const same = Uint8Array.from({ length: 256 }, (_, value) => value);
    const { data } = arrange(pixels, 'rgb', 'NHWC', 'uint8', [same, same, same]);
    return {
      index: 0,
      bytes: data,
      dtype: 'uint8',
      layout: 'NHWC',
      passThrough: false,
      sizeBytes: data.length,
    };
  } catch (error) {
    if (error instanceof HilError) return undefined;
    throw error;
  }
}

async function runAndPrint(
  context: NpuContext,
  input: BoardInput,
  loops: number,
  print: (line: string) => void,
): Promise<void> {
  print('rknn_run');
  let run = await context.run([input], print);
  for (let loop = 0; loop < loops; loop++) {
    if (loop > 0) run = await context.run([input], print);
    const ms = run.npuTimeUs / 1000;
    print(`${String(loop).padStart(4)}: Elapse Time = ${ms.toFixed(2)}ms, FPS = ${(1000 / ms).toFixed(2)}`);
  }
  for (const { attribute, tensor } of run.outputs) {
    print(` --- Top${listed} ---`);
    const { data } = dequantise(tensor, attribute.quantisation);
    // As the vendor's: only scores above 0 enter, and a place that stays free is class -1.
    const best = Array.from(data, (score, index) => ({ score, index }))
      .filter(({ score }) => score > 0)
      .sort((x, y) => y.score - x.score || x.index - y.index);
    for (let place = 0; place < listed; place++) {
      const { index, score } = best[place] ?? { index: -1, score: 0 };
      print(`${String(index).padStart(3)}: ${score.toFixed(6).padStart(8)}`);
    }
  }
}
