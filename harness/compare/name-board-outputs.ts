import type { NamedTensors, Tensor } from '../tensor/tensor.ts';

export interface UnnamedOutput {
  /** Empty where the driver does not name outputs (before 1.3.4). */
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Gives the board's outputs the names by which they are compared. A board that names its outputs is believed. Only if
 * none of them has a name, and there are as many as the golden has, do they get the golden's names, in order. Anything
 * between is not guessed: what has no name, or one that is taken, is called by its place, and the comparison then finds it
 * extra and the golden's missing.
 */
export function nameBoardOutputs(
  goldenNames: readonly string[],
  outputs: readonly UnnamedOutput[],
): NamedTensors {
  const byOrder = outputs.length === goldenNames.length && outputs.every(({ name }) => name === '');
  const named = new Map<string, Tensor>();
  for (const [place, { name, tensor }] of outputs.entries()) {
    const ownName = byOrder ? goldenNames[place]! : name;
    const free = ownName !== '' && !named.has(ownName);
    named.set(free ? ownName : placeName(ownName, place), tensor);
  }
  return named;
}

const placeName = (name: string, place: number): string =>
  name === '' ? `(output ${place}, unnamed)` : `(output ${place}, a second ${name})`;
