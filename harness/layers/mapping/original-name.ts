import type { CandidateValue } from './candidate-value.ts';

/** Finds values by names that a converter made of them. */
export class OriginalNames {
  readonly #known: readonly { readonly text: string; readonly index: number }[];

  constructor(values: readonly Pick<CandidateValue, 'name' | 'node'>[]) {
    this.#known = values
      .flatMap(({ name, node }, index) => [name, node].map((text) => ({ text: plain(text), index })))
      .filter(({ text }) => text !== '')
      .toSorted((a, b) => b.text.length - a.text.length);
  }

  /**
   * Converters put the operator before a layer's name and a number behind it (`Conv_conv1_1`), so the longest original
   * name that is in it is meant.
   *
   * @returns Index of the value; undefined if no name is in it, or the longest is no whole part of it.
   */
  find(converted: string): number | undefined {
    const text = plain(converted);
    return this.#known.find((each) => containsWhole(text, each.text))?.index;
  }
}

/** Signs that converters replace are alike. */
const plain = (name: string) => name.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');

function containsWhole(text: string, part: string): boolean {
  return (
    text === part || text.startsWith(`${part}_`) || text.endsWith(`_${part}`) || text.includes(`_${part}_`)
  );
}
