import type { BoardInputDeclaration, Preprocess } from '../../spec/schema.ts';
import { bytesPerElement } from '../../tensor/dtype.ts';
import { elementCount, formatShape } from '../../tensor/tensor.ts';
import type { InspectedInput } from '../inspection.ts';
import { type Finding, warning } from './finding.ts';

/** Holds the buffer against what the runtime is told about it, and against the model's input. */
export function checkDeclaredBuffer(
  host: BoardInputDeclaration,
  input: InspectedInput,
  picture: Preprocess | undefined,
): Finding[] {
  return [
    ...checkShape(input, picture),
    ...checkPassThrough(host, input),
    ...checkDeclarations(host, input),
    ...(picture ? checkRange(host) : []),
  ];
}

function checkShape({ shape, layout, name }: InspectedInput, picture: Preprocess | undefined): Finding[] {
  if (!picture?.resize || shape.length !== 4) return [];
  const [channels, height, width] = layout === 'NCHW' ? shape.slice(1) : [shape[3], shape[1], shape[2]];
  const wanted = { width, height };
  const { resize, channelOrder } = picture;
  const given = channelOrder === 'grey' ? 1 : 3;
  const findings: Finding[] = [];
  if (resize.width !== width || resize.height !== height) {
    findings.push(
      warning(
        'input-shape',
        'preprocess.resize',
        `width ${resize.width}, height ${resize.height}`,
        `width ${wanted.width}, height ${wanted.height}: input ${name} of the file is ${formatShape(shape)} ${layout}`,
        'Resize to the size the file takes, or convert the network for this size.',
      ),
    );
  }
  if (given !== channels) {
    findings.push(
      warning(
        'input-shape',
        'preprocess.channelOrder',
        `${channelOrder}: ${given} channels`,
        `${channels} channels: input ${name} of the file is ${formatShape(shape)} ${layout}`,
        channels === 1 ? 'Set both channel orders to grey.' : 'Set both channel orders to rgb or bgr.',
      ),
    );
  }
  return findings;
}

function checkPassThrough(
  host: BoardInputDeclaration,
  { dtype, layout, quantisation, shape }: InspectedInput,
): Finding[] {
  if (!host.passThrough) return [];
  const findings: Finding[] = [];
  if (host.dtype !== 'native' && (host.dtype !== dtype || quantisation.kind !== 'none')) {
    findings.push(
      warning(
        'pass-through-type',
        'boardInput.dtype',
        `${host.dtype} with passThrough`,
        `${dtype}${quantisation.kind === 'none' ? '' : ' in the scale of the file’s input'}, which the bytes are copied into unchanged`,
        'Set boardInput.dtype: native, or leave passThrough out.',
      ),
    );
  }
  if (shape.length === 4 && host.layout !== layout) {
    findings.push(
      warning(
        'pass-through-layout',
        'boardInput.layout',
        `${host.layout} with passThrough`,
        `${layout}, the layout of the file’s input`,
        `Set boardInput.layout: ${layout}.`,
      ),
    );
  }
  return findings;
}

function checkDeclarations(host: BoardInputDeclaration, input: InspectedInput): Finding[] {
  const { declare } = host;
  const dtype = host.dtype === 'native' ? input.dtype : host.dtype;
  const findings: Finding[] = [];
  if (declare.dtype !== undefined && declare.dtype !== dtype) {
    const signed = dtype === 'uint8' && declare.dtype === 'int8';
    findings.push(
      warning(
        'declared-type',
        'boardInput.declare.dtype',
        `${declare.dtype} for a buffer of ${dtype}${signed ? ': bytes from 128 up are read as negative' : ''}`,
        dtype,
        'Leave boardInput.declare.dtype out.',
      ),
    );
  }
  if (declare.layout !== undefined && declare.layout !== host.layout && input.shape.length === 4) {
    findings.push(
      warning(
        'declared-layout',
        'boardInput.declare.layout',
        `${declare.layout} for a buffer in ${host.layout}`,
        `${host.layout}: fmt is about the buffer, the file knows its own layout (${input.layout})`,
        'Leave boardInput.declare.layout out.',
      ),
    );
  }
  const bytes = elementCount(input.shape) * bytesPerElement(dtype);
  if (declare.sizeBytes !== undefined && declare.sizeBytes !== bytes) {
    const elements = declare.sizeBytes === elementCount(input.shape);
    findings.push(
      warning(
        'declared-size',
        'boardInput.declare.sizeBytes',
        `${declare.sizeBytes}${elements ? ', the number of elements' : ''}`,
        `${bytes} bytes`,
        'Leave boardInput.declare.sizeBytes out.',
      ),
    );
  }
  return findings;
}

const ranges = { uint8: [0, 255], int8: [-128, 127], int16: [-32_768, 32_767] } as const;

/** Pixels 0..255 after the host's own normalisation, against what the buffer's type holds. */
function checkRange({ dtype, mean, std }: BoardInputDeclaration): Finding[] {
  if (!(dtype in ranges)) return [];
  const [low, high] = ranges[dtype as keyof typeof ranges];
  const means = [mean].flat();
  const stds = [std].flat();
  const pairs = means.flatMap((m) => stds.map((s) => [-m / s, (255 - m) / s] as const));
  const lowest = Math.min(...pairs.map(([from]) => from));
  const highest = Math.max(...pairs.map(([, to]) => to));
  if (lowest < low - 0.5 || highest > high + 0.5) {
    return [
      warning(
        'buffer-range',
        'boardInput.dtype',
        `${dtype}, which holds ${low} to ${high}, for pixels of ${figure(lowest)} to ${figure(highest)}: they are cut off`,
        lowest >= 0 && highest <= 255 ? 'uint8' : 'float32 or float16',
        'Set boardInput.dtype to a type that holds them, or leave the normalisation to the file.',
      ),
    ];
  }
  return highest - lowest < 20
    ? [
        warning(
          'buffer-range',
          'boardInput.dtype',
          `${dtype} for pixels of ${figure(lowest)} to ${figure(highest)}: they become whole numbers`,
          'float32 or float16',
          'Set boardInput.dtype: float32, or leave the normalisation to the file.',
        ),
      ]
    : [];
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));
