import type { Tensor } from '../tensor/tensor.ts';
import { InputMismatchError } from './input-error.ts';
import type { TensorFile } from './read-tensor-file.ts';

/**
 * Decides which tensor goes to which input of a model: a single tensor to the only input, named ones by name.
 *
 * @param inputs - The model's inputs in its own order; names may be empty.
 * @param model - What the inputs belong to, for messages, e.g. `the reference model`.
 * @returns One tensor for each input, in the same order.
 * @throws {InputMismatchError} If an input gets nothing or a tensor has no input.
 */
export function assignTensors(
  file: TensorFile,
  inputs: readonly { readonly name: string }[],
  model: string,
  origin: string,
): Tensor[] {
  const names = inputs.map(({ name }) => name);
  if (file.kind === 'single') {
    if (inputs.length === 1) return [file.tensor];
    throw new InputMismatchError(
      `${origin} gives one tensor; ${model} has ${inputs.length} inputs: ${names.join(', ')}`,
      { hint: 'Give an .npz file with one array for each input, named like the input.' },
    );
  }
  const tensors = names.map((name) => file.tensors.get(name));
  const missing = names.filter((_, i) => tensors[i] === undefined);
  const unused = [...file.tensors.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0 || unused.length > 0) {
    throw new InputMismatchError(
      `${origin} holds ${[...file.tensors.keys()].join(', ')}; ${model} has the inputs ${names.join(', ')}`,
      {
        hint:
          inputs.length === 1
            ? 'Set `member` of the input to the array that is meant.'
            : 'Name the arrays of the .npz file like the inputs, and leave out others.',
      },
    );
  }
  return tensors as Tensor[];
}

/**
 * The same for the board's model, whose inputs a converter may have renamed or left without names: where it knows none
 * of the tensors' names, they go to its inputs in the order of the file.
 *
 * @throws {InputMismatchError} As {@link assignTensors}.
 */
export function assignTensorsToBoard(
  file: TensorFile,
  inputs: readonly { readonly name: string }[],
  origin: string,
): Tensor[] {
  const hasForeignNames =
    file.kind === 'named' &&
    file.tensors.size === inputs.length &&
    !inputs.some(({ name }) => file.tensors.has(name));
  return hasForeignNames
    ? [...file.tensors.values()]
    : assignTensors(file, inputs, "the board's model", origin);
}
