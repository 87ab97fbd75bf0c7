import { describe, expect, test } from 'vitest';
import { assess } from './assess.ts';
import { fakeCase, fakeStack, scattered, softmax, stackOf, twelveLogits } from './fake-evidence.ts';
import type { CanaryEvidence, StackEvidence } from './evidence/evidence.ts';
import { acceptancePolicySchema, defaultPolicy } from './policy.ts';

const same = (logits: readonly number[]) => logits;
const scaledBy = (factor: number) => (logits: readonly number[]) => logits.map((logit) => factor * logit);
const kinds = (before: StackEvidence, after: StackEvidence, policy = defaultPolicy) =>
  assess(before, after, policy).findings.map(({ effect, kind }) => `${effect} ${kind}`);

describe('the verdict', () => {
  test('is accepted where not one bit differs, and says what that is worth', () => {
    const found = assess(stackOf('SDK 1', scaledBy(0.99)), stackOf('SDK 2', scaledBy(0.99)), defaultPolicy);

    expect(found).toMatchObject({ verdict: 'accepted', findings: [] });
    expect(found.reasons).toEqual(['12 cases of 1 network on SDK 2: every answer has the same bits.']);
    expect(found.power).toEqual([
      // 1 - 0.05^(1/12) = 22.09 %.
      'net: 0 flips in 12 answers: the flip rate is below 22.09 % at 95 % confidence; 299 answers without a flip would say 1 %.',
      'net: not one bit differs in 12 inputs.',
    ]);
    expect(found.noise.message).toBe(
      'Noise from run to run is 0: the repeats of all 24 case runs agreed bit for bit.',
    );
  });

  test('is accepted where answers scatter about the golden, old and new alike', () => {
    const found = assess(
      stackOf('SDK 1', scattered(0.002, 1)),
      stackOf('SDK 2', scattered(0.002, 2)),
      defaultPolicy,
    );

    expect(found.verdict).toBe('accepted');
    expect(found.power.at(-1)).toMatch(
      /^net: a change of the logits' scale by 0\.\d+ % would be found at 99 %/,
    );
  });

  test('is rejected for a shift of the scale by 0.5 %, names the network and the size', () => {
    const before = scattered(0.002, 1);
    const after = scattered(0.002, 2);
    const found = assess(
      stackOf('SDK 1', before),
      stackOf('SDK 2', (logits, i) => scaledBy(0.995)(after(logits, i))),
      defaultPolicy,
    );

    expect(found.verdict).toBe('rejected');
    expect(found.reasons[0]).toMatch(
      /^net: the scale of the logits changed by −0\.[45]\d? % \(99 % interval/,
    );
    expect(found.reasons[0]).toMatch(/away from the golden/);
  });

  test('is not rejected for a shift toward the golden, which is told all the same', () => {
    const found = assess(stackOf('SDK 1', scaledBy(0.98)), stackOf('SDK 2', scaledBy(0.995)), defaultPolicy);

    expect(found.verdict).toBe('accepted with marginal cases');
    expect(found.findings.map(({ effect, kind }) => `${effect} ${kind}`)).toEqual([
      'marginal moved-scale',
      'improvement moved-error',
    ]);
  });

  test('is about the board, never about the SDK, if a canary failed', () => {
    const canary: CanaryEvidence = {
      board: 'stick',
      sdk: '2',
      when: 'after',
      passed: false,
      message: 'output 0 is wrong',
    };
    const after = { ...stackOf('SDK 2', scaledBy(0.5)), canaries: [canary] };

    const found = assess(stackOf('SDK 1', same), after, defaultPolicy);

    expect(found.verdict).toBe('board unfit');
    expect(found.reasons).toEqual(['The canary after the run failed on stick (SDK 2): output 0 is wrong.']);
  });

  test('needs data: a few inputs are not enough, nor is nothing', () => {
    const three = (label: string) => fakeStack(label, stackOf(label, same).cases.slice(0, 3));

    expect(assess(three('SDK 1'), three('SDK 2'), defaultPolicy)).toMatchObject({
      verdict: 'not enough data',
      reasons: ['net: 3 paired inputs, the policy asks for 10.'],
    });
    expect(assess(fakeStack('SDK 1', []), fakeStack('SDK 2', []), defaultPolicy)).toMatchObject({
      verdict: 'not enough data',
      reasons: ['No case could be compared on both stacks.'],
    });
  });

  test('needs data where the answers scatter so much that a shift could hide, and says how many', () => {
    const found = assess(
      stackOf('SDK 1', scattered(0.1, 1)),
      stackOf('SDK 2', scattered(0.1, 2)),
      defaultPolicy,
    );

    expect(found.verdict).toBe('not enough data');
    expect(found.reasons[0]).toMatch(
      /^net: the data do not exclude that the scale got worse by more than 0\.5 % .*; about \d+ inputs would\.$/,
    );
  });

  test('does not wait for more data where the damage is proven', () => {
    const found = assess(stackOf('SDK 1', same), stackOf('SDK 2', scaledBy(0.5)), defaultPolicy);

    expect(found.findings.map(({ effect }) => effect)).toContain('data');
    expect(found.verdict).toBe('rejected');
  });
});

describe('single cases', () => {
  const limits = { atol: 0.1 };
  const oneMoved = (board: readonly number[]) =>
    stackOf('SDK 2', same, (i) => (i === 0 ? { golden: [0.6, 0.3, 0.1], board, limits } : {}));
  const before = (board: readonly number[]) =>
    stackOf('SDK 1', same, (i) => (i === 0 ? { golden: [0.6, 0.3, 0.1], board, limits } : {}));

  test('a case that passed and fails rejects, with the reason that its own verdict gave', () => {
    const found = assess(before([0.6, 0.3, 0.1]), oneMoved([0.45, 0.45, 0.1]), defaultPolicy);

    expect(found.verdict).toBe('rejected');
    expect(found.reasons.join()).toContain('net › 0 passed and fails now: p[');
  });

  test('a case that uses 85 % of its tolerance instead of 40 % is an alarm although it is green', () => {
    const found = assess(before([0.56, 0.34, 0.1]), oneMoved([0.515, 0.385, 0.1]), defaultPolicy);

    const alarm = found.findings.find(({ kind }) => kind === 'headroom');
    expect(alarm).toMatchObject({ effect: 'marginal', case: 'net › 0' });
    expect(alarm!.message).toBe(
      'net › 0 is still green, but it uses 85 % of its tolerance (atol), 40 % before.',
    );
  });

  test('a case that leaves its tolerance by no more than all cases move is told from one that falls out of line', () => {
    const golden = [0.6, 0.3, 0.1];
    const off = (by: number) => ({ golden, board: [0.6 - by, 0.3 + by, 0.1], limits });
    // Everywhere 30 points of the tolerance more; input 0 was closest to its limit.
    const old = stackOf('SDK 1', same, (i) => off(i === 0 ? 0.085 : 0.05));
    const fresh = stackOf('SDK 2', same, (i) => off(i === 0 ? 0.105 : 0.08));
    // Everywhere the same; input 0 alone moved.
    const alone = stackOf('SDK 2', same, (i) => off(i === 0 ? 0.105 : 0.05));

    expect(kinds(old, fresh)).toContain('reject crossing');
    expect(kinds(old, fresh, acceptancePolicySchema.parse({ on: { crossing: 'marginal' } }))).toContain(
      'marginal crossing',
    );
    expect(kinds(old, alone)).toContain('reject new-failure');
  });

  test('a case that fails on both is not the new SDK’s fault, and one that passes now is an improvement', () => {
    const wrong = [0.3, 0.6, 0.1];

    expect(kinds(before(wrong), oneMoved(wrong))).toContain('marginal still-failing');
    expect(kinds(before(wrong), oneMoved([0.6, 0.3, 0.1]))).toContain('improvement fixed');
  });

  test('repeats that disagree reject', () => {
    const { record } = fakeCase({ input: '0', golden: [0.6, 0.4], board: [0.6, 0.4] });
    const comparison = {
      ...record.comparison!,
      faults: [{ kind: 'unstable' as const, output: 'prob', message: 'runs differ' }],
    };
    const after = stackOf('SDK 2', same, (i) =>
      i === 0 ? { record: { verdict: 'failed', comparison } } : {},
    );

    const found = assess(stackOf('SDK 1', same), after, defaultPolicy);

    expect(found.findings).toContainEqual(expect.objectContaining({ effect: 'reject', kind: 'unstable' }));
    expect(found.noise.message).toBe(
      'The board is not deterministic: in 1 of 24 case runs the repeats disagreed.',
    );
  });

  test('what the policy ignores is still noted', () => {
    const policy = acceptancePolicySchema.parse({ on: { headroom: 'ignore' } });

    expect(kinds(before([0.56, 0.34, 0.1]), oneMoved([0.515, 0.385, 0.1]), policy)).toContain(
      'note headroom',
    );
  });
});

describe('flips', () => {
  // The runner-up of input 0 is 2.9 nats behind; of the near-tie 0.02.
  const flipped = ([a = 0, b = 0, c = 0]: readonly number[]) => [b, a, c];
  const limits = { atol: 1 };
  const nearTie = (board: readonly number[]) => ({
    golden: softmax([0.02, 0, -3]),
    board: softmax(board),
    limits,
  });

  test('a flip on a clear case rejects', () => {
    const before = stackOf('SDK 1', same, () => ({ limits }));
    const after = stackOf(
      'SDK 2',
      (logits, i) => (i === 0 ? flipped(logits) : logits),
      () => ({ limits }),
    );

    const found = assess(before, after, defaultPolicy);

    expect(found.reasons.join('\n')).toContain(
      "net › 0: top-1 went from 0 to 1 (golden 0); a clear case, the golden's two best classes are 2.9 nats apart.",
    );
    expect(found.models[0]!.flips).toMatchObject({ broken: 1, fixed: 0, sideways: 0, p: 1 });
  });

  test('a flip on a near-tie is marginal', () => {
    const before = stackOf('SDK 1', same, (i) => (i === 0 ? nearTie([0.02, 0, -3]) : {}));
    const after = stackOf('SDK 2', same, (i) => (i === 0 ? nearTie([0, 0.01, -3]) : {}));

    const found = assess(before, after, defaultPolicy);

    expect(found.findings.map(({ effect, kind }) => `${effect} ${kind}`)).toContain('marginal near-tie-flip');
    expect(found.verdict).toBe('accepted with marginal cases');
  });

  test('flips on near-ties reject if they go one way only, beyond chance', () => {
    const before = stackOf('SDK 1', same, () => nearTie([0.02, 0, -3]));
    const after = stackOf('SDK 2', same, () => nearTie([0, 0.01, -3]));

    const found = assess(before, after, defaultPolicy);

    // Twelve broken, none fixed: 2 / 2^12.
    expect(found.models[0]!.flips!.p).toBeCloseTo(2 / 4096, 12);
    expect(found.findings.map(({ effect, kind }) => `${effect} ${kind}`)).toContain('reject more-flips');
  });

  test('a flip back to the golden’s answer is an improvement', () => {
    const before = stackOf(
      'SDK 1',
      (logits, i) => (i === 0 ? flipped(logits) : logits),
      () => ({ limits }),
    );
    const after = stackOf('SDK 2', same, () => ({ limits }));

    expect(kinds(before, after)).toContain('improvement flip-fixed');
  });
});

describe('pairs', () => {
  test('cases without a partner are told; many of them are not enough data', () => {
    const whole = stackOf('SDK 1', same);
    const one = fakeStack('SDK 2', whole.cases.slice(1));
    const many = fakeStack('SDK 2', whole.cases.slice(0, 10));

    expect(assess(whole, one, defaultPolicy)).toMatchObject({
      verdict: 'accepted with marginal cases',
      unpaired: [{ name: 'net › 0', reason: 'not run on SDK 2' }],
    });
    expect(assess(whole, many, defaultPolicy).verdict).toBe('not enough data');
  });

  test.each([
    ['broken', { verdict: 'broken', reason: 'no route' } as const, 'broken on SDK 2: no route'],
    ['another input', { hashes: { spec: 'spec', input: 'b' } }, 'the input differs'],
    [
      'another reference',
      { hashes: { spec: 'spec', referenceModel: 'b' } },
      'the golden was made in another way',
    ],
    [
      'simulated against real',
      { target: { board: 'virtual', sdk: '2', simulated: true, format: 'fp16' } as const },
      'simulated on one side and not on the other: such results never mix',
    ],
    [
      'another format',
      { target: { board: 'stick', sdk: '2', simulated: false, format: 'u8' } as const },
      'in fp16 on one side and in u8 on the other',
    ],
  ])('%s is not compared', (_, changes, reason) => {
    const known = { hashes: { spec: 'spec', input: 'a', referenceModel: 'a' } };
    const before = stackOf('SDK 1', same, () => ({ record: known }));
    const after = stackOf('SDK 2', same, (i) => ({ record: i === 0 ? changes : known }));

    expect(assess(before, after, defaultPolicy).unpaired).toEqual([{ name: 'net › 0', spec: 'net', reason }]);
  });
});

test('one network’s shift does not drown among many, and many networks raise no alarm by their number', () => {
  const networks = (label: string, shifted: number | undefined) =>
    fakeStack(
      label,
      Array.from({ length: 30 }, (_, n) =>
        twelveLogits.map((logits, i) => {
          const noisy = scattered(0.002, label === 'SDK 1' ? n : n + 100)(logits, i);
          return fakeCase({
            spec: `net ${n}`,
            input: `${i}`,
            golden: softmax(logits),
            board: softmax(n === shifted ? scaledBy(0.99)(noisy) : noisy),
          });
        }),
      ).flat(),
    );

  const quiet = assess(networks('SDK 1', undefined), networks('SDK 2', undefined), defaultPolicy);
  const loud = assess(networks('SDK 1', undefined), networks('SDK 2', 17), defaultPolicy);

  expect(quiet.verdict).toBe('accepted');
  expect(loud.models.filter(({ verdict }) => verdict === 'rejected').map(({ name }) => name)).toEqual([
    'net 17',
  ]);
});

describe('latency', () => {
  const timed = (factor: number, simulated: boolean) =>
    stackOf(`x${factor}`, same, (i) => ({
      record: {
        timings: {
          startedAt: '',
          totalMs: 1,
          stagesMs: {},
          npuTimeUs: [1000 * factor + i, 1010 * factor + i],
          uploadedBytes: 0,
        },
        target: { board: 'stick', sdk: '1', simulated, format: 'fp16' },
      },
    }));

  test('a slower NPU is told beside the precision', () => {
    const found = assess(timed(1, false), timed(1.5, false), defaultPolicy);

    expect(found.models[0]!.latency!.factor).toBeCloseTo(1.5, 1);
    expect(found.findings).toMatchObject([{ effect: 'marginal', kind: 'slower' }]);
  });

  test('a virtual board’s times say nothing', () => {
    expect(kinds(timed(1, true), timed(1.5, true))).toEqual([]);
  });
});
