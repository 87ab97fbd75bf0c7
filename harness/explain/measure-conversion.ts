import type { Cancellable } from '../cancellable.ts';
import { nameBoardOutputs } from '../compare/name-board-outputs.ts';
import { relativePath } from '../project/path-in-project.ts';
import { tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import { yardstickFor } from './answer-distance.ts';
import type { Conversion } from './conversion.ts';
import type { ConvertedNetworks } from './converted-networks.ts';
import type { JudgedCase } from './explain-case.ts';

/**
 * Holds golden, file and board against each other, whatever the verdict.
 *
 * @returns undefined where the board's model file holds no network, a program of the team's own ran, or the board's
 *   answer cannot be held against the golden's number by number.
 * @throws {HilError} The file's network or its input cannot be computed; or the signal's reason.
 */
export async function measureConversion(
  { testCase: { spec }, sdk, prepared, golden, board, comparison, boardModel }: JudgedCase,
  networks: ConvertedNetworks,
  { signal }: Cancellable,
): Promise<Conversion | undefined> {
  if (spec.command) return undefined;
  const yardstick = yardstickFor(comparison, golden, board);
  if (yardstick === undefined) return undefined;
  const origin = relativePath(spec.root, boardModel.path);
  const answer = await networks.withNetwork(
    { bytes: boardModel.bytes, origin },
    sdk,
    async (network, { trailer }) => {
      const inputs = prepared.boardInputs(tensorAttributes(trailer, 'input', origin));
      const { outputs } = await network.answer({ inputs }, { signal });
      return nameBoardOutputs([...golden.keys()], outputs);
    },
    { signal },
  );
  if (answer === undefined) return undefined;
  const { output, unit } = yardstick;
  const floatToConverted = yardstick.distance(golden, answer);
  if (Number.isNaN(floatToConverted))
    return { notComputed: `${origin} by itself gives no ${output} that can be compared` };
  return {
    output,
    unit,
    floatToConverted,
    floatToBoard: yardstick.distance(golden, board),
    convertedToBoard: yardstick.distance(answer, board),
  };
}
