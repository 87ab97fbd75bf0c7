import { expect, test } from 'vitest';
import { failedByFlip, fixturePlan, fixtureSummary, passed } from '../fixture-run.ts';
import { consoleReporter } from './console-reporter.ts';
import { FakeLifetime, FakeTerminal } from './fake-terminal.ts';

async function run(env: Record<string, string>, isTTY: boolean) {
  const stdout = new FakeTerminal({ isTTY });
  const stderr = new FakeTerminal({ isTTY });
  const reporter = consoleReporter({ stdout, stderr, env, lifetime: new FakeLifetime() });
  await reporter.onRunStart?.(fixturePlan);
  for (const record of [passed, failedByFlip]) await reporter.onCaseEnd?.(record);
  await reporter.onRunEnd?.({ ...fixtureSummary, records: [passed, failedByFlip], totalMs: 280 });
  return { stdout: stdout.text, stderr: stderr.text, cursorVisible: stderr.cursorVisible };
}

const escape = '\u001b';

test('results go to stdout and progress to stderr', async () => {
  const { stdout, stderr } = await run({}, false);

  expect(stdout).toContain('1 passed, 1 failed, 0 broken, 0 skipped in 280 ms');
  expect(stdout).not.toContain('[1/10]');
  expect(stderr).toContain('[ 1/10] passed');
  expect(stderr).not.toContain('0 broken');
});

test('a log holds no escape sequence', async () => {
  const { stdout, stderr } = await run({ CI: '1' }, true);

  expect(stdout + stderr).not.toContain(escape);
});

test('a log is coloured where that is asked for, and still not redrawn', async () => {
  const { stdout, stderr } = await run({ CI: '1', FORCE_COLOR: '1' }, false);

  expect(stdout).toContain(`${escape}[31mFAILED${escape}[39m`);
  expect(stderr).not.toContain(`${escape}[?25l`);
});

test('a terminal without colours is redrawn all the same, and gets its cursor back', async () => {
  const { stdout, stderr, cursorVisible } = await run({ NO_COLOR: '1' }, true);

  expect(stdout).not.toContain(escape);
  expect(stderr).toContain(`${escape}[?25l`);
  expect(cursorVisible).toBe(true);
});
