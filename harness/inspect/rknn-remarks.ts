import { familyOf } from '../board/compatibility.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import type { BiasMismatch } from './bias-relation.ts';
import { inputRemarks } from './input-remarks.ts';
import { note, type Remark, type RknnInspection, warning } from './inspection.ts';
import { chipsOfTarget } from './nbg-header.ts';

type Facts = Omit<RknnInspection, 'remarks'>;

/** What a person should know about a .rknn file before it meets a board; warnings first. */
export function remarksOn(facts: Facts, trailer: RknnTrailer, biases: readonly BiasMismatch[]): Remark[] {
  const remarks = [
    ...aboutTarget(facts),
    ...aboutCompilation(facts, trailer),
    ...facts.inputs.flatMap((input) => inputRemarks(input)),
    ...aboutFormat(facts),
    ...aboutOutputs(facts),
    ...biases
      .slice(0, 3)
      .map(({ layer, found, expected }) =>
        warning(
          'bias-relation',
          `the bias of ${layer} has scale ${found}, but input scale times weight scale is ${expected}`,
          'The file is damaged or was edited by hand: convert the network again.',
        ),
      ),
  ];
  return remarks.toSorted((a, b) => Number(a.level === 'note') - Number(b.level === 'note'));
}

function aboutTarget({ targetPlatforms, forVirtualBoard, compiled }: Facts): Remark[] {
  if (forVirtualBoard) {
    return [
      note(
        'virtual',
        'it is made for the virtual board, and every real board refuses it',
        'Convert the network with the vendor’s toolkit for a real board.',
      ),
    ];
  }
  const family = familyOf('RK1808')!;
  const remarks: Remark[] = [];
  if (targetPlatforms.length === 0) {
    remarks.push(
      note(
        'platform',
        'it names no target platform, as files of toolkits before 1.3.2',
        'Convert it again with target_platform rk1808 if a board refuses it.',
      ),
    );
  } else if (!targetPlatforms.some((name) => family.includes(name.toUpperCase()))) {
    remarks.push(
      warning(
        'platform',
        `it is built for ${targetPlatforms.join(', ')}; an RK1808 refuses it (status -13)`,
        'Convert the network with target_platform rk1808.',
      ),
    );
  }
  const chips = compiled && chipsOfTarget(compiled.targetId);
  if (compiled && !chips) {
    remarks.push(
      warning(
        'target-id',
        `its compiled network is for the NPU 0x${compiled.targetId.toString(16)}, which is not known`,
        'Compile it for the board that it shall run on.',
      ),
    );
  } else if (
    compiled &&
    chips &&
    targetPlatforms.length > 0 &&
    !targetPlatforms.some((name) => chips.includes(name.toUpperCase()))
  ) {
    remarks.push(
      warning(
        'target-id',
        `its compiled network is for ${chips.join(', ')} (NPU 0x${compiled.targetId.toString(16)}), but its description says ${targetPlatforms.join(', ')}`,
        'The file was put together from two: compile the network again.',
      ),
    );
  }
  return remarks;
}

function aboutCompilation(
  {
    precompiled,
    compiled,
    forVirtualBoard,
    format,
    optimizationLevel,
    containerVersion,
    customOperators,
  }: Facts,
  trailer: RknnTrailer,
): Remark[] {
  const remarks: Remark[] = [];
  // The virtual board's own files mark precompilation, and compile nothing.
  if (precompiled && !compiled && !forVirtualBoard) {
    remarks.push(
      warning(
        'precompiled',
        'it says that it is precompiled, but its payload is no compiled network',
        'Convert the network again.',
      ),
    );
  }
  if (precompiled) {
    remarks.push(
      note(
        'precompiled',
        'it is precompiled: tied to the generation of the driver that it was compiled for, and without layer dumps',
        'After a driver update compile it again; to see layers, convert without pre_compile.',
      ),
    );
    if (trailer.pre_compile_version !== 1) {
      remarks.push(
        warning(
          'precompiled',
          `its pre_compile_version is ${trailer.pre_compile_version}, but drivers 1.x need 1 (status -11)`,
          'Compile it with a toolkit 1.x.',
        ),
      );
    }
  } else {
    remarks.push(
      note(
        'not-precompiled',
        'it is not precompiled: the board compiles it at every load, which is slow, and a mini driver refuses it (status -14)',
        'Precompile it where loading takes too long or the board has the mini driver.',
      ),
    );
  }
  if (trailer.optimization_level_version) {
    remarks.push(
      warning(
        'optimization-version',
        `its optimization_level_version is ${trailer.optimization_level_version}, which drivers refuse (status -12)`,
        'Convert it with a released toolkit.',
      ),
    );
  }
  if (optimizationLevel === 3) {
    remarks.push(
      note(
        'optimization-level',
        `optimization_level is 3: rewrites that may lose precision are allowed${format === 'u8' ? ', and the u8 input may be off by 1' : ''}`,
        'When precision fails, convert with optimization_level 2, then 1, and compare.',
      ),
    );
  }
  if (containerVersion === 2) {
    remarks.push(
      note(
        'custom-operators',
        `it brings operators of its own: ${customOperators.join(', ') || 'none listed'}`,
        'Their code runs on the board: a wrong layer may be theirs.',
      ),
    );
  }
  return remarks;
}

function aboutFormat({ format, innerTensors, layers }: Facts): Remark[] {
  const inner = Object.entries(innerTensors)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
  if (format === 'hybrid') {
    return [
      note(
        'hybrid',
        `it mixes formats: ${inner}`,
        'Judge it by the coarser one; the layers in the finer format are the sensitive ones.',
      ),
    ];
  }
  if (format === 'fp16') {
    return [
      note(
        'float16',
        'it is float16 throughout, also where the toolkit says float32: the NPU has no float32',
        'Compare with tolerances for fp16.',
      ),
    ];
  }
  if (format === 'i8' || format === 'i16') {
    return [
      note(
        'dfp',
        'it uses dynamic fixed point, which runtimes before 1.3.1 compute badly',
        'Use SDK 1.3.1 or later.',
      ),
    ];
  }
  if (format === 'u8' && Object.keys(layers).some((op) => op === 'RELU6')) {
    return [
      note(
        'relu6',
        'its ReLU6 layers lose steps in u8, which has one scale for all channels',
        'When precision fails: ReLU instead of ReLU6, quantisation-aware training, or hybrid.',
      ),
    ];
  }
  return [];
}

function aboutOutputs({ outputs, softmaxOutputs, layers }: Facts): Remark[] {
  const remarks = outputs.flatMap(({ name, shape }, i) =>
    softmaxOutputs[i] === false && outputs.length === 1 && shape.filter((extent) => extent > 1).length === 1
      ? [
          note(
            'logits',
            `output ${name} does not come from a softmax: it gives scores, not probabilities`,
            'Do not expect probabilities of it; margins between scores are what counts.',
          ),
        ]
      : [],
  );
  return 'DECONVOLUTION' in layers
    ? [
        ...remarks,
        note(
          'deconvolution',
          'it has deconvolutions; with kernel 2 and stride 2 runtimes before 1.6.1 compute them wrongly',
          'Use SDK 1.6.1 or later.',
        ),
      ]
    : remarks;
}
