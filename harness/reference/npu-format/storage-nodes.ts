import { maxHalf } from '../../tensor/half.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { dtypeToOnnx, makeNode, tensorToOnnx, type OnnxNode, type OnnxTensor } from '../onnx/model.ts';
import { affineOf, encodeValues } from './encode-values.ts';
import type { GraphView } from './graph-view.ts';
import type { TensorStorage } from './tensor-storage.ts';

/** The freedoms of the NPU's arithmetic; which holds in which release is for the caller to know. */
export interface NpuArithmetic {
  /** How u8 layer outputs are rounded where the exact result lies half-way. Other types round half to even. */
  readonly u8Ties: 'away-from-zero' | 'to-even';
  /** What a float16 layer output beyond 65504 becomes. */
  readonly float16Overflow: 'infinity' | 'saturate';
  /** Precision of the biases of float16 layers. */
  readonly float16Bias: 'float16' | 'float32';
}

export const onnxFloat32 = dtypeToOnnx('float32');
const onnxFloat16 = dtypeToOnnx('float16');

/** Operators of the engine that quantise to every type in every opset; ONNX has int16 only since opset 21. */
export const quantisingDomain = 'com.microsoft';

/**
 * Relative width of what counts as half-way when ties go away from zero. Results are float32 and hit a tie only to
 * within their own rounding error of about 1e-7.
 */
const tieWidth = 2 ** -20;

/** From this operator set on, Clip takes its limits as inputs. */
const clipWithInputs = 11n;

/** The network's own nodes keep their names; a name must not occur twice. */
const unnamed = { name: '' };

/** Makes the nodes that turn real values into stored elements and back, with their constants. */
export class StorageNodes {
  readonly #view: GraphView;
  readonly #constants: OnnxTensor[];
  readonly #arithmetic: NpuArithmetic;
  readonly #opset: bigint;

  /**
   * @param constants - Initialisers of the graph; those of the new nodes are added.
   * @param opset - Version of ONNX's own operators that the graph uses.
   */
  constructor(view: GraphView, constants: OnnxTensor[], arithmetic: NpuArithmetic, opset: bigint) {
    this.#view = view;
    this.#constants = constants;
    this.#arithmetic = arithmetic;
    this.#opset = opset;
  }

  /** From a tensor of the graph, of whatever type, to stored elements. */
  encode(from: string, to: string, { dtype, quantisation }: TensorStorage, elemType: number): OnnxNode[] {
    if (quantisation.kind === 'none' || elemType !== onnxFloat32) {
      const saturates = dtype === 'float16' && this.#arithmetic.float16Overflow === 'saturate';
      return saturates ? this.#saturate(from, to) : [this.cast(from, to, dtypeToOnnx(dtype))];
    }
    const { step, zp } = affineOf(quantisation);
    // The operator rounds half to even; a hair less of a step puts every tie beyond the half.
    const away = dtype === 'uint8' && this.#arithmetic.u8Ties === 'away-from-zero';
    return [this.#quantise('QuantizeLinear', from, to, away ? step * (1 - tieWidth) : step, zp, dtype)];
  }

  /** From stored elements to a tensor of the graph. */
  decode(from: string, to: string, { dtype, quantisation }: TensorStorage, elemType: number): OnnxNode[] {
    if (quantisation.kind === 'none' || elemType !== onnxFloat32) return [this.cast(from, to, elemType)];
    const { step, zp } = affineOf(quantisation);
    return [this.#quantise('DequantizeLinear', from, to, step, zp, dtype)];
  }

  cast(from: string, to: string, elemType: number): OnnxNode {
    return makeNode('Cast', [from], [to], { to: { int: elemType } }, unnamed);
  }

  /** `Mul` or `Add` with one number. */
  arithmetic(opType: 'Mul' | 'Add', from: string, value: number, to: string): OnnxNode {
    return makeNode(opType, [from, this.#scalar(`${to}/amount`, value)], [to], {}, unnamed);
  }

  #saturate(from: string, to: string): OnnxNode[] {
    const limited = this.#view.freshName(`${to}/limited`);
    const clip =
      this.#opset >= clipWithInputs
        ? makeNode(
            'Clip',
            [from, this.#scalar(`${to}/min`, -maxHalf), this.#scalar(`${to}/max`, maxHalf)],
            [limited],
            {},
            unnamed,
          )
        : makeNode('Clip', [from], [limited], { min: { float: -maxHalf }, max: { float: maxHalf } }, unnamed);
    return [clip, this.cast(limited, to, onnxFloat16)];
  }

  #quantise(
    opType: 'QuantizeLinear' | 'DequantizeLinear',
    from: string,
    to: string,
    step: number,
    zp: number,
    dtype: TensorStorage['dtype'],
  ): OnnxNode {
    const integer: TensorStorage = { dtype, quantisation: { kind: 'dfp', fl: 0 } };
    const zeroPoint = encodeValues(tensor('float32', [], Float32Array.of(zp)), integer, 'nearest');
    const inputs = [from, this.#scalar(`${to}/scale`, step), this.#constant(`${to}/zp`, zeroPoint)];
    return makeNode(opType, inputs, [to], {}, { ...unnamed, domain: quantisingDomain });
  }

  #scalar(wish: string, value: number): string {
    return this.#constant(wish, tensor('float32', [], Float32Array.of(value)));
  }

  #constant(wish: string, value: Tensor): string {
    const name = this.#view.freshName(wish);
    this.#constants.push(tensorToOnnx(name, value));
    return name;
  }
}
