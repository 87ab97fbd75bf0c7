import { canonicalJson } from '../../tensor/content-hash.ts';
import type { Case } from '../../spec/case.ts';

/**
 * Leaves out cases that ask the same again: the same input, made ready in the same way, of the same float network. Specs
 * often differ in nothing but the board's model, which is given here.
 */
export function distinctCases(cases: readonly Case[]): Case[] {
  const byQuestion = new Map<string, Case>();
  for (const testCase of cases) {
    const { input, spec } = testCase;
    const { preprocess, boardInput } = spec.declaration;
    const question = canonicalJson({ input, reference: spec.reference, preprocess, boardInput });
    if (!byQuestion.has(question)) byQuestion.set(question, testCase);
  }
  return [...byQuestion.values()];
}
