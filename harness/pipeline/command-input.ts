import { extname } from 'node:path';
import type { BoardInput, LoadedModel } from '../board/session.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import type { Case } from '../spec/case.ts';
import type { CommandDeclaration } from '../spec/command.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { encodeNpz } from '../tensor/npz.ts';

/**
 * What a command gets as {input}: bytes and the name of the file that holds them. A buffer is made for the model as its
 * file describes it.
 *
 * @throws {HilError} Owner `spec` if no buffer can be made.
 */
export function commandInputs(
  kind: CommandDeclaration['input'],
  { input }: Case,
  prepared: PreparedInput,
  model: Pick<LoadedModel, 'inputs'>,
): BoardInput[] {
  switch (kind) {
    case 'file':
      // The name may say anything; only what programs tell formats by is kept.
      return [asFile(prepared.source, `input${/^\.\w{1,8}$/.exec(extname(input.path))?.[0] ?? '.bin'}`)];
    case 'npy': {
      const { reference } = prepared;
      return [
        reference.kind === 'single'
          ? asFile(encodeNpy(reference.tensor), 'input.npy')
          : asFile(encodeNpz(reference.tensors), 'input.npz'),
      ];
    }
    case 'board-buffer':
      return prepared.boardInputs(model.inputs).map((made) => ({ ...made, fileName: 'input.bin' }));
  }
}

const asFile = (bytes: Uint8Array, fileName: string): BoardInput => ({
  index: 0,
  bytes,
  dtype: 'uint8',
  layout: 'NHWC',
  passThrough: true,
  sizeBytes: bytes.length,
  fileName,
});
