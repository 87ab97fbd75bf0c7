import { expect, test } from 'vitest';
import type { Explanation } from '../../harness/explain/explanation.ts';
import { describeExplanation } from '../allure/explanation-html.ts';
import { caseRecord } from '../fixture-records.ts';
import { distanceSentence, explanationText, knownCause } from './explanation-text.ts';

const values = [
  { index: 0, value: 0.25 },
  { index: 1, value: 0.75 },
];

const explanation: Explanation = {
  cause: 'input-settings',
  summary: 'this is <wrong>; and that is',
  evidence: ['it fits'],
  next: ['set this', 'set that'],
  remarks: ['a doubt'],
  input: {
    kind: 'declared',
    faults: [
      { fault: 'signed-bytes', sentence: 'this is <wrong>', fix: 'set this' },
      { fault: 'channels-swapped', sentence: 'that is', fix: 'set that' },
    ],
    output: 'prob',
    unit: 'nats',
    boardDistance: 2,
    golden: values,
    board: values,
    trials: [
      { faults: ['signed-bytes'], description: 'signed & swapped', distance: 0.01, explained: 0.995, values },
      { faults: ['mean-missing'], description: 'farther', distance: 3, explained: -0.5, values },
    ],
    byChance: 0.01,
    tried: 7,
    leftOut: 0,
  },
};

test('each thing that is wrong has a line, then the numbers, what to do, and what is doubtful', () => {
  expect(explanationText(caseRecord('net', 'apple', { explanation }))).toEqual([
    'why: this is <wrong>',
    '  that is',
    '  it fits',
    'next: set this',
    '  set that',
    'not looked at: a doubt',
  ]);
});

test('a case that was not explained says nothing, and an unknown cause is none', () => {
  expect(explanationText(caseRecord('net', 'apple'))).toEqual([]);
  expect(knownCause(caseRecord('net', 'apple'))).toBeUndefined();
  expect(
    knownCause(caseRecord('net', 'apple', { explanation: { ...explanation, cause: 'unknown' } })),
  ).toBeUndefined();
  expect(knownCause(caseRecord('net', 'apple', { explanation }))).toBe('this is <wrong>; and that is');
});

test('Allure shows the answers side by side, with every text escaped', () => {
  const html = describeExplanation(caseRecord('net', 'apple', { explanation }));

  expect(html).toContain('<strong>Why:</strong> this is &lt;wrong&gt;; and that is.');
  expect(html).toContain(
    '<tr><td>signed &amp; swapped</td><td>0.25 / 0.75</td><td>0.01 nats</td><td>99.5 %</td></tr>',
  );
  expect(html).toContain('<td>3 nats</td><td>nothing</td>');
  expect(html).toContain('The reference was given 7 wrong inputs');
  expect(describeExplanation(caseRecord('net', 'apple'))).toBe('');
});

test('a case that passed tells what its distance comes from', () => {
  const format: NonNullable<Explanation['format']> = {
    format: 'fp16',
    output: 'prob',
    unit: 'nats',
    distance: 0.0166,
    boardDistance: 0.0171,
    golden: values,
    inFormat: values,
    board: values,
    explains: true,
    basis: 'rounded',
  };
  const sentenceOf = (cause: Explanation['cause']) =>
    distanceSentence(caseRecord('net', 'apple', { explanation: { ...explanation, cause, format } }));

  expect(sentenceOf('format')).toBe(
    'fp16 alone explains 0.0166 nats (0.25 / 0.75), the board shows 0.0171 nats (0.25 / 0.75)',
  );
  expect(sentenceOf('unknown')).toContain('fp16 alone explains 0.0166 nats');
  expect(sentenceOf('input-settings')).toBe('this is <wrong>; and that is');
  expect(distanceSentence(caseRecord('net', 'apple'))).toBeUndefined();
});
