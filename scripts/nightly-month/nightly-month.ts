import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkMonth } from './check-month.ts';
import { hilSession, type Typed } from './hil-session.ts';
import { runMonth } from './run-month.ts';

/** The demonstration: runs a month of nights, looks at the trend, checks the SDKs, makes the report. */
export async function demonstrate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nights: { type: 'string', default: '30' },
      folder: { type: 'string' },
    },
  });
  const nights = Number(values.nights);
  if (!Number.isInteger(nights) || nights < 2) throw new RangeError('--nights must be a whole number from 2');
  const root = values.folder ?? mkdtempSync(join(tmpdir(), 'hil-month-'));
  const session = hilSession(root, ({ command, code }) => console.error(`${command}  → exit code ${code}`));
  const plan = {
    nights,
    sdks: ['1.5.0', '1.6.1', '1.7.5'],
    cases: 'fp16|u8',
    shift: { sdk: '1.7.5', layer: 'pool', amount: 0.005 },
    shiftedFrom: Math.floor(nights / 2) + 1,
  };
  const ran = await runMonth(root, plan, session);
  const before = ran[plan.shiftedFrom - 2]!;
  const after = ran[plan.shiftedFrom - 1]!;
  await session.run('runs', '--limit', `${nights}`);
  await session.run('history', 'ten-class fp16');
  await session.run('diff', before.run, after.run);
  await checkMonth(ran, plan, '1.6.1', session);
  await session.run(
    'accept',
    'specs',
    '-t',
    plan.cases,
    '--baseline',
    '1.6.1',
    '--candidate',
    plan.shift.sdk,
  );
  await session.run('report', '--no-open', '--output', 'report');

  const transcript = join(root, 'transcript.txt');
  writeFileSync(transcript, session.typed.map(told).join('\n'));
  console.error(`All commands with their output: ${transcript}`);
}

const told = ({ command, stdout, code }: Typed): string =>
  `$ ${command}\n${stdout}${code === 0 ? '' : `exit code ${code}\n`}`;
