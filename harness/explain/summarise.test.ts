import { expect, test } from 'vitest';
import type { InputFinding } from './explanation.ts';
import { summarise, tellDistance } from './summarise.ts';

const trial = (description: string, distance: number) => ({
  faults: ['signed-bytes' as const],
  description,
  distance,
  explained: 1 - distance / 0.9,
  values: [],
});

/** Of an output without classes: there are no few values to show. */
const featuresOff: InputFinding = {
  kind: 'as-if',
  faults: [{ fault: 'signed-bytes', sentence: 'bytes read as signed', fix: 'declare uint8' }],
  output: 'features',
  unit: 'relative',
  boardDistance: 0.9,
  golden: [],
  board: [],
  trials: [trial('bytes read as signed', 0.0123), trial('mean not subtracted', 0.5)],
  byChance: 0.02,
  tried: 19,
  leftOut: 0,
};

test('an output without values to show is told in whole sentences', () => {
  const { evidence } = summarise({ input: featuresOff, specFile: 'specs/a.hil.yaml', remarks: [] });

  expect(evidence.slice(0, 2)).toEqual([
    'with this input the reference’s answer is 1.23 % of the golden’s RMS away from the board’s',
    'with the right input it is 90 % of the golden’s RMS away; with the next likely mistake (mean not subtracted) 50 % of the golden’s RMS',
  ]);
});

test('what the conversion explains is looked into before a tolerance is widened', () => {
  const { next } = summarise({
    input: { ...featuresOff, kind: 'none', faults: [] },
    format: {
      format: 'fp16',
      output: 'features',
      unit: 'relative',
      distance: 0.9,
      boardDistance: 0.9,
      golden: [],
      inFormat: [],
      board: [],
      explains: true,
      basis: 'the model file itself',
      ofFile: { boardAdds: 0.001 },
    },
    specFile: 'specs/a.hil.yaml',
    remarks: [],
  });

  expect(next[0]).toContain('npx hil convert-check specs/a.hil.yaml');
  expect(next[1]).toMatch(/^if it is rounding, choose a tolerance/);
});

test('distances over many rows say so', () => {
  expect(tellDistance(0.4261, 'nats-over-rows')).toBe('0.426 nats (rms over rows)');
});
