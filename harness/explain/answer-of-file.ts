import { nameBoardOutputs } from '../compare/name-board-outputs.ts';
import { HilError } from '../hil-error.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import { arithmeticOfSdk } from '../reference/rknn/arithmetic.ts';
import { holdsNetwork } from '../reference/rknn/converted-answer.ts';
import { loadConverted } from '../reference/rknn/converted-network.ts';
import { importRknnFile } from '../reference/rknn/import-rknn.ts';
import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { JudgedCase } from './explain-case.ts';

/** What the board's model file answers by itself to what the board is fed; undefined where that cannot be computed. */
export async function answerOfFile(
  { testCase, sdk, prepared, boardModel, golden }: JudgedCase,
  file: RknnFile | undefined,
  { engine, signal }: { readonly engine: ReferenceEngine; readonly signal: AbortSignal | undefined },
  remarks: string[],
): Promise<NamedTensors | undefined> {
  const { spec } = testCase;
  if (file === undefined || spec.command || !holdsNetwork(file.trailer)) return undefined;
  const origin = relativePath(spec.root, boardModel.path);
  try {
    const imported = importRknnFile(file, origin, { arithmetic: arithmeticOfSdk(sdk) });
    await using network = await loadConverted(imported, origin, engine, { signal });
    const inputs = prepared.boardInputs(tensorAttributes(file.trailer, 'input', origin));
    const { outputs } = await network.answer({ inputs }, { signal });
    return nameBoardOutputs([...golden.keys()], outputs);
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    remarks.push(`what ${origin} answers by itself could not be computed: ${error.message}`);
    return undefined;
  }
}
