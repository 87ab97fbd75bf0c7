import type { NamedTensors, Tensor } from '../tensor/tensor.ts';

export interface UnnamedOutput {
  /** Empty where the driver does not name outputs (before 1.3.4). */
  readonly name: string;
  readonly tensor: Tensor;
}

/** As the vendor's converter names outputs: after the layer that makes them, e.g. `Softmax_prob_1/out0_0`. */
const converterName = /^(?<layer>.+)\/out\d+_\d+$/;

/**
 * Gives the board's outputs the names by which they are compared. A board that names its outputs is believed. Only if
 * none of them has a name, and there are as many as the golden has, do they get the golden's names, in order. Names that
 * the vendor's converter made up say nothing about the network's own: they stand for the golden's names that their
 * layers end with, or, where these are not found, for those in order. Anything between is not guessed: what has no name,
 * or one that is taken, is called by its place, and the comparison then finds it extra and the golden's missing.
 */
export function nameBoardOutputs(
  goldenNames: readonly string[],
  outputs: readonly UnnamedOutput[],
): NamedTensors {
  const given = givenNames(goldenNames, outputs);
  const named = new Map<string, Tensor>();
  for (const [place, { name, tensor }] of outputs.entries()) {
    const ownName = given?.[place] ?? name;
    const free = ownName !== '' && !named.has(ownName);
    named.set(free ? ownName : placeName(ownName, place), tensor);
  }
  return named;
}

/** The golden's names in the order of the board's outputs; undefined where the board's own count. */
function givenNames(
  goldenNames: readonly string[],
  outputs: readonly UnnamedOutput[],
): readonly string[] | undefined {
  if (outputs.length !== goldenNames.length) return undefined;
  if (outputs.some(({ name }) => goldenNames.includes(name))) return undefined;
  if (outputs.every(({ name }) => name === '')) return goldenNames;
  const layers = outputs.map(({ name }) => converterName.exec(name)?.groups?.['layer']);
  if (!layers.every((layer) => layer !== undefined)) return undefined;
  const found = layers.map((layer) =>
    goldenNames.find((name) => layer === name || layer.endsWith(`_${name}`)),
  );
  const each = found.every((name) => name !== undefined) && new Set(found).size === found.length;
  return each ? found : goldenNames;
}

const placeName = (name: string, place: number): string =>
  name === '' ? `(output ${place}, unnamed)` : `(output ${place}, a second ${name})`;
