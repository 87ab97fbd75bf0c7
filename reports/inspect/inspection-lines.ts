import type {
  Inspection,
  NetworkInspection,
  Remark,
  RknnInspection,
} from '../../harness/inspect/inspection.ts';
import type { Quantisation } from '../../harness/tensor/quantisation.ts';
import { formatShape } from '../../harness/tensor/tensor.ts';
import type { Colours } from '../console/appearance.ts';
import { plainTable } from '../console/plain-table.ts';

/** What a model file says, for the terminal. */
export function inspectionLines(inspection: Inspection, colours: Colours): string[] {
  const lines = inspection.kind === 'rknn' ? rknnLines(inspection) : networkLines(inspection);
  return [
    colours.bold(inspection.file),
    ...lines.map((line) => (line === '' ? '' : `  ${line}`)),
    ...remarkLines(inspection.remarks, colours),
  ];
}

function facts(pairs: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const present = pairs.filter(
    (pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function rknnLines(inspection: RknnInspection): string[] {
  const { inputs, outputs, softmaxOutputs, compiled } = inspection;
  return [
    ...facts([
      [
        'kind',
        `.rknn, container version ${inspection.containerVersion}, ${inspection.bytes} bytes (payload ${inspection.payloadBytes})`,
      ],
      ['name', inspection.name],
      ['toolkit', inspection.toolkit ?? 'not named'],
      ['platform', inspection.targetPlatforms.join(', ') || 'not named'],
      ['from', inspection.networkPlatform],
      ['format', inspection.format ?? 'not known'],
      [
        'precompiled',
        compiled
          ? `yes, for NPU 0x${compiled.targetId.toString(16)}: ${compiled.layers} layers, ${compiled.operations} operations`
          : inspection.precompiled
            ? 'yes'
            : 'no',
      ],
      [
        'optimisation',
        inspection.optimizationLevel === undefined ? undefined : `level ${inspection.optimizationLevel}`,
      ],
      ['operators', counts(inspection.layers)],
      ['inner tensors', counts(inspection.innerTensors)],
      ['constants', counts(inspection.constants)],
      ['own operators', inspection.customOperators.join(', ')],
    ]),
    '',
    ...plainTable(
      ['input', 'shape', 'layout', 'stored as', 'mean', 'std', 'reorder'].map((title) => ({ title })),
      inputs.map(({ name, shape, layout, dtype, quantisation, mean, std, reorder }) => [
        name || '-',
        formatShape(shape),
        layout,
        `${dtype}${numbers(quantisation)}`,
        mean.map(figure).join(' ') || 'none',
        std.map(figure).join(' ') || 'none',
        reorder.join(' ') || 'none',
      ]),
    ),
    '',
    ...plainTable(
      ['output', 'shape', 'stored as', 'softmax'].map((title) => ({ title })),
      outputs.map(({ name, shape, dtype, quantisation }, i) => [
        name || '-',
        formatShape(shape),
        `${dtype}${numbers(quantisation)}`,
        softmaxOutputs[i] === undefined ? 'not known' : softmaxOutputs[i] ? 'yes' : 'no',
      ]),
    ),
  ];
}

function networkLines(inspection: NetworkInspection): string[] {
  const kinds = { onnx: 'ONNX', prototxt: 'Caffe prototxt', caffemodel: 'Caffe weights' };
  const values = (title: string, list: NetworkInspection['inputs']) =>
    list.length === 0
      ? []
      : [
          '',
          ...plainTable(
            [title, 'shape', 'type'].map((column) => ({ title: column })),
            list.map(({ name, shape, dtype }) => [
              name,
              shape?.join('x') ?? 'not declared',
              dtype ?? 'not known',
            ]),
          ),
        ];
  return [
    ...facts([
      ['kind', `${kinds[inspection.kind]}, ${inspection.bytes} bytes`],
      ['name', inspection.name],
      ['written by', inspection.producer],
      [
        'operator sets',
        Object.entries(inspection.operatorSets)
          .map(([domain, version]) => `${domain || 'onnx'} ${version}`)
          .join(', '),
      ],
      ['layers', counts(inspection.layers)],
      ['parameters', inspection.parameters === undefined ? undefined : String(inspection.parameters)],
      [
        'preprocessing',
        inspection.preprocessing.join(', ') ||
          (inspection.kind === 'caffemodel' ? undefined : 'not declared'),
      ],
    ]),
    ...values('input', inspection.inputs),
    ...values('output', inspection.outputs),
  ];
}

function remarkLines(remarks: readonly Remark[], colours: Colours): string[] {
  if (remarks.length === 0) return [];
  return [
    '',
    ...remarks.flatMap(({ level, sentence, advice }) => [
      `  ${level === 'warning' ? colours.yellow('warning') : 'note   '}  ${sentence}`,
      colours.dim(`           ${advice}`),
    ]),
  ];
}

const counts = (entries: Readonly<Record<string, number>>): string =>
  Object.entries(entries)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

const figure = (value: number): string => String(Number(value.toPrecision(7)));

const numbers = (quantisation: Quantisation): string =>
  quantisation.kind === 'affine'
    ? `, scale ${figure(quantisation.scale)}, zp ${quantisation.zp}`
    : quantisation.kind === 'dfp'
      ? `, fl ${quantisation.fl}`
      : '';
