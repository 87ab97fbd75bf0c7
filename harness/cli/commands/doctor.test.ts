import { expect, test } from 'vitest';
import { masked } from '../e2e/hil-process.ts';
import { configWithFaults, tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';

test('a machine that is fit is said to be so, board by board and SDK by SDK', async () => {
  using place = tinyProject({ net: tinySpec('net') });

  const { code, stdout } = await cli(place.root, 'doctor');

  expect(masked(stdout, place.root)).toEqual([
    expect.stringMatching(/^ok {2}hil: \d/),
    expect.stringMatching(/^ok {2}Node: \d/),
    'ok  pictures: decodes PNG (3 channels)',
    expect.stringMatching(/^ok {2}reference engine: onnxruntime [\d.]+ computes$/),
    'ok  project: <root>',
    'ok  state folder: <root>/.hil can be written',
    'ok  specs: 2 cases in 1 spec file',
    'ok  board virtual (SDK 1.5.0, simulated): the canary model passes',
    'ok  board virtual (SDK 1.6.1, simulated): the canary model passes',
    'ok  board virtual (SDK 1.7.5, simulated): the canary model passes',
    '',
  ]);
  expect(code).toBe(0);
});

test('what is wrong comes with a next step, and hinders no other check', async () => {
  using place = tinyProject({}, { 'hil.config.yaml': configWithFaults({ refuseConnections: true }) });

  const { code, stdout } = await cli(place.root, 'doctor', '--json');

  const findings = JSON.parse(stdout) as { check: string; ok: boolean; message: string; hint?: string }[];
  expect(code).toBe(3);
  expect(findings.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([
    'specs',
    'board bad (SDK 1.5.0, simulated)',
    'board bad (SDK 1.6.1, simulated)',
    'board bad (SDK 1.7.5, simulated)',
  ]);
  expect(findings.find(({ check }) => check === 'specs')).toMatchObject({
    message: expect.stringContaining('no spec file in'),
    hint: 'Create one with `npx hil init`, or name another folder.',
  });
  expect(findings.at(-1)).toMatchObject({
    message: expect.stringContaining('refuses connections'),
    hint: 'Reboot the board, check its driver, then run `npx hil doctor` again.',
  });
  expect(findings).toContainEqual({
    check: 'board good (SDK 1.7.5, simulated)',
    ok: true,
    message: 'the canary model passes',
  });
});

test('a config that is wrong is one of the findings', async () => {
  using place = tinyProject({}, { 'hil.config.yaml': 'retries: 99' });

  const { code, stdout } = await cli(place.root, 'doctor');

  expect(code).toBe(3);
  expect(stdout).toContain('WRONG  project: hil.config.yaml:1: retries is 99, but must be at most 10\n');
});

test('specs that cannot be used are found before a run is', async () => {
  using place = tinyProject({ net: tinySpec('net', { inputs: ['upp.npy'] }) });

  const { code, stdout } = await cli(place.root, 'doctor');

  expect(code).toBe(3);
  expect(stdout).toContain('WRONG  specs: specs/net.hil.json: inputs[0] names upp.npy, which does not exist');
});

test('a state folder that cannot be made is found', async () => {
  using place = tinyProject({ net: tinySpec('net') }, { '.hil': 'a file' });

  const { code, stdout } = await cli(place.root, 'doctor');

  expect(code).toBe(3);
  expect(stdout).toContain(
    `WRONG  state folder: ${place.path('.hil')} cannot be used: there is a file in its place`,
  );
});
