import type { Cancellable } from '../cancellable.ts';
import type { Comparison } from '../compare/comparison.ts';
import { HilError } from '../hil-error.ts';
import type { ReferenceNetwork } from '../golden/compute-golden.ts';
import { castReference } from '../input/cast-reference.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { ReferenceEngine, ReferenceModel } from '../reference/engine.ts';
import { readRknn, type RknnFile } from '../reference/rknn-file/rknn-file.ts';
import type { Case } from '../spec/case.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';
import { type Yardstick, yardstickFor } from './answer-distance.ts';
import { answerOfFile } from './answer-of-file.ts';
import { realTensor, rightInput, settingsOf } from './case-input.ts';
import { explainFormat } from './explain-format.ts';
import { explainInput } from './explain-input.ts';
import { findLayers, type LayerAccess, withLayers } from './explain-layers.ts';
import type { Explanation, FormatFinding } from './explanation.ts';
import { summarise } from './summarise.ts';

/** A case that was judged, with everything that its verdict stands on. */
export interface JudgedCase {
  readonly testCase: Case;
  readonly sdk: string;
  readonly prepared: PreparedInput;
  readonly golden: NamedTensors;
  readonly board: NamedTensors;
  readonly comparison: Comparison;
  /** The file that the board ran. */
  readonly boardModel: { readonly path: string; readonly bytes: Uint8Array };
}

export interface ExplainOptions extends Cancellable {
  readonly engine: ReferenceEngine;
  /** Reads the reference network. */
  readonly network: () => Promise<ReferenceNetwork>;
  /** No new step begins after so many milliseconds. */
  readonly budgetMs: number;
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Absent where no dump run can be made, as with a program of the team's own. */
  readonly layers?: LayerAccess | undefined;
}

/** Share of the time that the search for input settings may take; the rest is for the layers. */
const inputShare = 0.6;

/**
 * Finds out why a judged case is off: the input settings, what the numeric format takes, and if neither explains it the
 * layers. Nothing of it changes the verdict.
 *
 * @throws {HilError} If the reference cannot be computed; or the signal's reason.
 */
export async function explainCase(judged: JudgedCase, options: ExplainOptions): Promise<Explanation> {
  const { testCase, prepared, golden, board, comparison } = judged;
  const { engine, signal, budgetMs, onProgress } = options;
  const yardstick = yardstickFor(comparison, golden, board);
  if (yardstick === undefined) return notComparable(comparison);
  const startedAt = performance.now();
  const remarks: string[] = [];
  const file = readModelFile(judged, remarks);
  const network = await options.network();
  await using model = await engine.load(network.bytes, network.origin, { optimise: true, signal });
  // Rewritten networks take float32 where the reference takes float16.
  const feeds: NamedTensors = new Map(
    [...prepared.feeds(model.inputs)].map(([name, feed]) => [
      name,
      feed.dtype === 'float16' ? realTensor(feed) : feed,
    ]),
  );

  const format = await formatFinding(judged, { feeds, network, yardstick, file, signal, engine }, remarks);
  const { source, declared } = settingsOf(judged, file, feeds, remarks);
  const input = await explainInput(
    {
      source,
      declared,
      wanted: model.inputs.map(({ name }) => realTensor(feeds.get(name)!)),
      right: rightInput(judged, feeds, declared),
      golden,
      board,
      yardstick,
      formatDistance: format?.distance ?? 0,
      compute: (inputs, { signal: called }) => model.run(feedsOf(model, inputs), { signal: called }),
    },
    { signal, budgetMs: inputShare * Math.max(0, budgetMs - (performance.now() - startedAt)), onProgress },
  );
  if (input.leftOut > 0)
    remarks.push(`${input.leftOut} wrong inputs were not tried: the time for the explanation was up`);
  const specFile = relativePath(testCase.spec.root, testCase.spec.file);
  const { sizeBytes } = testCase.spec.declaration.boardInput.declare;
  if (sizeBytes !== undefined)
    remarks.push(
      `boardInput.declare.sizeBytes is ${sizeBytes}: runtime 1.7.5 only logs a hidden warning and takes the whole buffer, others are unknown; size is in bytes`,
    );
  const explanation = summarise({ input, ...(format ? { format } : {}), specFile, remarks });
  const isGuess = input.kind === 'as-if' || input.kind === 'ambiguous';
  if ((explanation.cause !== 'unknown' && !isGuess) || options.layers === undefined) return explanation;
  return await lookAtLayers(
    explanation,
    options.layers,
    {
      network,
      feeds,
      engine,
      boardModel: file,
      prepared,
      sdk: judged.sdk,
      format: testCase.spec.declaration.model.format,
    },
    specFile,
    budgetMs - (performance.now() - startedAt),
    signal,
  );
}

/** Within what is left of the time, and never at the price of what is known already. */
async function lookAtLayers(
  before: Explanation,
  access: LayerAccess,
  parts: Parameters<typeof findLayers>[1],
  specFile: string,
  leftMs: number,
  signal: AbortSignal | undefined,
): Promise<Explanation> {
  const withRemark = (remark: string) => ({ ...before, remarks: [...before.remarks, remark] });
  if (leftMs <= 0) return withRemark('the layers were not looked at: the time for the explanation was up');
  const limit = AbortSignal.timeout(Math.ceil(leftMs));
  try {
    const findings = await findLayers(access, parts, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return withLayers(before, findings, specFile);
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) return withRemark('the layers were not looked at to the end: the time was up');
    return withRemark(
      `the layers could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function notComparable({ faults }: Comparison): Explanation {
  const [fault] = faults;
  return {
    cause: 'unknown',
    summary: `the answers cannot be held against each other number by number${fault ? `: ${fault.message}` : ''}`,
    evidence: [],
    next: [
      fault?.kind === 'non-finite'
        ? 'look at the range of the layers: float16 ends at 65504'
        : 'mend this first, then input settings and layers can be looked at',
    ],
    remarks: [],
  };
}

function readModelFile({ boardModel, testCase }: JudgedCase, remarks: string[]): RknnFile | undefined {
  const origin = relativePath(testCase.spec.root, boardModel.path);
  try {
    return readRknn(boardModel.bytes, origin);
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    remarks.push(`what ${origin} does to its input is unknown: ${error.message}`);
    return undefined;
  }
}

async function formatFinding(
  judged: JudgedCase,
  parts: {
    readonly feeds: NamedTensors;
    readonly network: ReferenceNetwork;
    readonly yardstick: Yardstick;
    readonly file: RknnFile | undefined;
    readonly engine: ReferenceEngine;
    readonly signal: AbortSignal | undefined;
  },
  remarks: string[],
): Promise<FormatFinding | undefined> {
  const { testCase, sdk, golden, board } = judged;
  const { format } = testCase.spec.declaration.model;
  if (format === 'hybrid') {
    remarks.push('what the format alone explains is not computed for hybrid models');
    return undefined;
  }
  const { feeds, file } = parts;
  try {
    const ofFile = await answerOfFile(judged, file, parts, remarks);
    return await explainFormat(
      {
        ...(ofFile ? { ofFile } : {}),
        engine: parts.engine,
        network: parts.network,
        format,
        arithmetic: {
          u8Ties: sdk === '1.5.0' ? 'to-even' : 'away-from-zero',
          float16Overflow: 'infinity',
          float16Bias: 'float32',
        },
        samples: [feeds],
        boardModel: file?.trailer,
        feeds,
        golden,
        board,
        yardstick: parts.yardstick,
      },
      { signal: parts.signal },
    );
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    remarks.push(`what the format alone explains could not be computed: ${error.message}`);
    return undefined;
  }
}

/** In the shapes and types that the reference takes; the inputs come as planes or in the model's own shape. */
function feedsOf(model: ReferenceModel, inputs: readonly Tensor<'float32'>[]): NamedTensors {
  return new Map(model.inputs.map(({ name, dtype }, i) => [name, castReference(inputs[i]!, dtype)]));
}
