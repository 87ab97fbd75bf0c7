import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRunFolder } from '../../harness/store/run-folder.ts';
import { readRecords } from '../../harness/store/record-journal.ts';
import { checkMonth, type MonthCheck } from './check-month.ts';
import { hilSession } from './hil-session.ts';
import { type MonthPlan, type Night, runMonth } from './run-month.ts';

/** The month of docs/demonstration.md, but four nights long and in one format. */
const plan: MonthPlan = {
  nights: 4,
  sdks: ['1.5.0', '1.6.1', '1.7.5'],
  cases: 'fp16',
  shift: { sdk: '1.7.5', layer: 'pool', amount: 0.005 },
  shiftedFrom: 3,
};

const minutes = 60_000;

interface Point {
  readonly case: string;
  readonly sdk: string;
  readonly simulated: boolean;
  readonly run: string;
  readonly used: number;
}

describe('a month of nights', { timeout: minutes }, () => {
  const root = mkdtempSync(join(tmpdir(), 'hil-month-'));
  const session = hilSession(root, () => undefined);
  let nights: Night[];
  let checks: MonthCheck[];

  beforeAll(async () => {
    nights = await runMonth(root, plan, session);
    checks = await checkMonth(nights, plan, '1.6.1', session);
  }, 10 * minutes);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Mean share of the tolerance that the cases of a network use, night by night. */
  async function trendOf(network: string, sdk: string): Promise<number[]> {
    const { stdout } = await session.run('history', network, '--sdk', sdk, '--json');
    const points = JSON.parse(stdout) as Point[];
    expect(points.every(({ simulated }) => simulated)).toBe(true);
    return nights.map(({ run }) => {
      const own = points.filter((point) => point.run === run);
      return own.reduce((sum, { used }) => sum + used, 0) / own.length;
    });
  }

  test('is green every night: no single run shows the shift', () => {
    expect(nights.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });

  test('shows the step in the trend, of the shifted network and SDK only', async () => {
    const [first, second, third, fourth] = await trendOf('ten-class fp16', '1.7.5');

    expect(second).toBe(first);
    expect(third).toBeGreaterThan(2 * first!);
    expect(fourth).toBe(third);
    for (const [network, sdk] of [
      ['ten-class fp16', '1.5.0'],
      ['ten-class fp16', '1.6.1'],
      ['two-class fp16', '1.7.5'],
    ] as const) {
      expect(new Set(await trendOf(network, sdk)).size, `${network}, SDK ${sdk}`).toBe(1);
    }
  });

  test('accepts the SDK before its shift, and the others after', () => {
    const accepted = checks.filter(({ typed }) => typed.code === 0);

    expect(accepted.map(({ name }) => name)).toEqual(['1.7.5-night-1', '1.5.0-night-4', '1.6.1-night-4']);
    for (const { typed } of accepted) expect(typed.stdout).toMatch(/^ACCEPTED {2}/);
  });

  test('rejects the shifted SDK and names the network and the size of the shift', () => {
    const rejected = checks.find(({ name }) => name === '1.7.5-night-4')!;
    const assessment = JSON.parse(
      readFileSync(join(root, 'acceptance', rejected.name, 'acceptance.json'), 'utf8'),
    );
    const sizes: unknown[] = assessment.reasons.map(
      (reason: string) =>
        /^ten-class fp16: the scale of the logits changed by \+([\d.]+) %/.exec(reason)?.[1],
    );
    const size = Number(sizes.find((found) => found !== undefined));

    expect(rejected.typed.code).toBe(1);
    expect(assessment.verdict).toBe('rejected');
    expect(Math.abs(size / 100 - plan.shift.amount)).toBeLessThan(0.2 * plan.shift.amount);
    expect(assessment.reasons.filter((reason: string) => reason.includes('two-class'))).toEqual([]);
  });

  test('labels every record as simulated, and says in the log what was wrong on purpose', () => {
    const records = readRecords(findRunFolder(join(root, '.hil'), nights.at(-1)!.run));
    const logOf = (wanted: string) =>
      records
        .filter(({ target }) => target.sdk === wanted)
        .map(({ capture }) => join(root, capture!, 'log.txt'))
        // What a model's loading prints is in the log of the first case that used it; others may have none.
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, 'utf8'))
        .join('');

    expect(records.every(({ target }) => target.simulated)).toBe(true);
    expect(logOf('1.7.5')).toContain(
      'wrong on purpose: the output of the layer pool, if there is one, is multiplied by 1.005',
    );
    expect(logOf('1.6.1')).not.toContain('wrong on purpose');
  });
});
