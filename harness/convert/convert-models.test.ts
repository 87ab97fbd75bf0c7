import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { planCases, type PlannedCase } from '../pipeline/plan-cases.ts';
import { boardNamed } from '../pipeline/trial-case.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import { temporaryProject, type TemporaryProject } from '../spec/temporary-project.ts';
import { convertModels } from './convert-models.ts';
import type { ConvertOptions } from './converted-models.ts';

/**
 * A converter of a few lines: writes a .rknn container with no layers whose description names the toolkit that it was told
 * to be, and adds a line to a file for every time it is called.
 */
const converter = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const [model, settings, output, toolkit, calls] = process.argv.slice(2);
appendFileSync(calls, toolkit + '\\n');
console.log('reading', readFileSync(model, 'utf8'), readFileSync(settings, 'utf8'));
const trailer = Buffer.from(JSON.stringify({ version: toolkit, norm_tensor: [], graph: [] }));
const head = Buffer.alloc(32);
head.write('RKNN');
head.writeBigUInt64LE(1n, 8);
head.writeBigUInt64LE(BigInt(trailer.length), 24);
writeFileSync(output, Buffer.concat([head, trailer]));
`;

const specOf = (name: string, board: object = { convert: 'net.yaml' }) =>
  JSON.stringify({
    name,
    model: { reference: 'net.onnx', board, format: 'fp16' },
    inputs: ['a.npy', 'b.npy'],
    boardInput: { dtype: 'float32', layout: 'NCHW' },
    tolerance: 'fp16',
  });

/** A project with one spec of two inputs; its converter answers for 1.6.1 and 1.7.5. */
function projectWith(changes: Readonly<Record<string, string>> = {}, config: object = {}): TemporaryProject {
  const place = temporaryProject({
    'specs/net.onnx': 'network',
    'specs/net.yaml': 'do_quantization: true\ndataset: [cat.png, dog one.png]\n',
    'specs/cat.png': 'cat',
    'specs/dog one.png': 'dog',
    'specs/a.npy': 'x',
    'specs/b.npy': 'x',
    'specs/net.hil.json': specOf('net'),
    'convert.mjs': converter,
    ...changes,
  });
  const command = (toolkit: string) => [
    process.execPath,
    place.path('convert.mjs'),
    '{model}',
    '{settings}',
    '{output}',
    toolkit,
    place.path('calls'),
  ];
  const convert = { '1.6.1': { command: command('1.6.1') }, '1.7.5': { command: command('1.7.5b1') } };
  writeFileSync(place.path('hil.config.yaml'), JSON.stringify({ convert: { ...convert, ...config } }));
  return place;
}

const board = boardNamed('desk', { sdks: ['1.6.1', '1.7.5'] });

const plan = (place: TemporaryProject, sdks = ['1.6.1', '1.7.5']): Promise<PlannedCase[]> =>
  planCases(place.project, [board], { cwd: place.root, words: [], sdks }, () =>
    Promise.reject(new Error('no module expected')),
  );

const convert = async (place: TemporaryProject, sdks?: string[], options: ConvertOptions = {}) =>
  convertModels(place.project, await plan(place, sdks), options);

const callsOf = (place: TemporaryProject): string[] =>
  existsSync(place.path('calls')) ? readFileSync(place.path('calls'), 'utf8').trim().split('\n') : [];

test('makes one model for each SDK, which all inputs share, and knows them again', async () => {
  using place = projectWith();

  const first = await convert(place);
  const second = await convert(place);

  expect(first.planned.map(({ case: { spec }, matrixSdk }) => boardModelPath(spec, matrixSdk!))).toEqual(
    ['1.6.1', '1.7.5', '1.6.1', '1.7.5'].map(
      (sdk) => first.results.find(({ conversion }) => conversion.sdk === sdk)!.model.path,
    ),
  );
  expect(first.results.map(({ model }) => [model.toolkit, model.cached])).toEqual([
    ['1.6.1', false],
    ['1.7.5b1', false],
  ]);
  expect(second.results.map(({ model }) => model.cached)).toEqual([true, true]);
  expect(callsOf(place)).toEqual(['1.6.1', '1.7.5b1']);
});

test('says beside a model where it comes from, and keeps what the converter printed', async () => {
  using place = projectWith();

  const { results } = await convert(place, ['1.6.1']);

  const folder = results[0]!.model.path.replace(/\/net\.rknn$/, '');
  expect(JSON.parse(readFileSync(`${folder}/conversion.json`, 'utf8'))).toMatchObject({
    sdk: '1.6.1',
    toolkit: '1.6.1',
    model: 'specs/net.onnx',
    settings: 'specs/net.yaml',
    sha256: results[0]!.model.sha256,
  });
  expect(readFileSync(`${folder}/converter.log`, 'utf8')).toContain(
    'reading network do_quantization: true\ndataset: dataset.txt',
  );
  expect(readdirSync(`${folder}/..`)).toEqual([results[0]!.conversion.key]);
});

test('shares a model among specs, and processes that want it at the same time', async () => {
  using place = projectWith({ 'specs/other.hil.json': specOf('other') });

  const [one, other] = await Promise.all([convert(place, ['1.6.1']), convert(place, ['1.6.1'])]);

  expect(callsOf(place)).toEqual(['1.6.1']);
  expect(one.results.map(({ specs }) => specs)).toEqual([['net', 'other']]);
  expect(other.results[0]!.model.sha256).toBe(one.results[0]!.model.sha256);
});

test.each<[string, (place: TemporaryProject) => void, number]>([
  ['the network', (place) => writeFileSync(place.path('specs/net.onnx'), 'another'), 2],
  ['a calibration picture', (place) => writeFileSync(place.path('specs/cat.png'), 'tiger'), 2],
  [
    'a setting',
    (place) => writeFileSync(place.path('specs/net.yaml'), 'dataset: [cat.png, dog one.png]\nbatch: 1\n'),
    2,
  ],
  [
    'only the wording of the settings',
    (place) =>
      writeFileSync(
        place.path('specs/net.yaml'),
        '# as before\ndataset: [cat.png, dog one.png]\ndo_quantization: true\n',
      ),
    1,
  ],
])('converts again when %s has changed or not', async (_, change, calls) => {
  using place = projectWith();
  await convert(place, ['1.6.1']);

  change(place);
  await convert(place, ['1.6.1']);

  expect(callsOf(place)).toHaveLength(calls);
});

test('converts again when told to', async () => {
  using place = projectWith();
  await convert(place, ['1.6.1']);

  await convert(place, ['1.6.1'], { again: true });

  expect(callsOf(place)).toHaveLength(2);
});

describe('a conversion that is no good', () => {
  const node = (script: string) => ({ command: [process.execPath, '-e', script, '{model}', '{output}'] });

  test('by another toolkit than is claimed says file, field, found, expected and next step', async () => {
    using place = projectWith();
    const config = place.project.config.convert!;
    writeFileSync(
      place.path('hil.config.yaml'),
      JSON.stringify({ convert: { ...config, '1.7.5': config['1.6.1'] } }),
    );

    await expect(convert(place, ['1.7.5'])).rejects.toMatchObject({
      code: 'HIL_TOOLKIT_CLAIM',
      message: expect.stringMatching(
        /^\.hil\/conversions\/[0-9a-f]{64}\.work\/net\.rknn: version is "1\.6\.1", but must be 1\.7\.5, which convert\["1\.7\.5"\] in hil\.config\.yaml promises for SDK 1\.7\.5$/,
      ) as string,
      hint: 'Let the command start toolkit 1.7.5; or, if another is meant, say so: convert["1.7.5"].toolkit: 1.6.1.',
    });
  });

  test('may be by another toolkit if the config says so', async () => {
    using place = projectWith();
    const config = place.project.config.convert!;
    writeFileSync(
      place.path('hil.config.yaml'),
      JSON.stringify({ convert: { ...config, '1.7.5': { ...config['1.6.1'], toolkit: '1.6.1' } } }),
    );

    const { results } = await convert(place, ['1.7.5']);

    expect(results[0]!.model.toolkit).toBe('1.6.1');
  });

  test('keeps what the converter said, and is tried again', async () => {
    using place = projectWith(
      {},
      { '1.6.1': node("console.log('loading'); console.error('E Unsupported op'); process.exit(3)") },
    );

    const failure = await convert(place, ['1.6.1']).catch(
      (error: unknown) => error as Error & { hint: string },
    );

    expect(failure).toMatchObject({ code: 'HIL_CONVERT_FAILED', owner: 'spec' });
    expect((failure as Error).message).toMatch(
      /ended with status 3; it said:\n {2}(loading|E Unsupported op)/,
    );
    const log = /See its output: (.*)/.exec((failure as { hint: string }).hint)![1]!;
    expect(readFileSync(log, 'utf8')).toContain('E Unsupported op');
    await expect(convert(place, ['1.6.1'])).rejects.toMatchObject({ code: 'HIL_CONVERT_FAILED' });
  });

  test.each([
    ['that is no .rknn file', "fs.writeFileSync(process.argv[2], 'PK')", 'did not write a .rknn file'],
    ['that writes nothing', '', 'ended with status 0, but wrote no'],
  ])('%s says so', async (_, script, message) => {
    using place = projectWith({}, { '1.6.1': node(script) });

    await expect(convert(place, ['1.6.1'])).rejects.toMatchObject({
      code: 'HIL_CONVERT_FAILED',
      message: expect.stringContaining(message) as string,
    });
  });

  test('whose program is not there is the lab’s', async () => {
    using place = projectWith({}, { '1.6.1': { command: ['no-such-toolkit', '{request}'] } });

    await expect(convert(place, ['1.6.1'])).rejects.toMatchObject({
      code: 'HIL_CONVERT_COMMAND',
      owner: 'lab',
      message: expect.stringContaining('does not start') as string,
    });
  });

  test('that takes too long is ended', async () => {
    using place = projectWith(
      {},
      { '1.6.1': { ...node('setInterval(() => undefined, 1000)'), timeout: '1s' } },
    );

    await expect(convert(place, ['1.6.1'])).rejects.toMatchObject({
      code: 'HIL_CONVERT_COMMAND',
      message: expect.stringContaining('was not done after 1 s') as string,
    });
  });
});

test('calling it off ends the converter and all that it started', async () => {
  // The converter starts a child that would go on for ever, as a container's or a shell's would.
  const script = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    console.log('child ' + child.pid);
    setInterval(() => 0, 1000);`;
  using place = projectWith(
    {},
    { '1.6.1': { command: [process.execPath, '-e', script, '{model}', '{output}'] } },
  );
  const controller = new AbortController();
  let child = 0;

  const converting = convert(place, ['1.6.1'], {
    signal: controller.signal,
    listener: {
      onLine(_, line) {
        child = Number(/child (\d+)/.exec(line)?.[1]);
        controller.abort(new Error('Ctrl-C'));
      },
    },
  });

  await expect(converting).rejects.toThrow('Ctrl-C');
  await untilGone(child);
});

test('a plan needs a command for each SDK, and no model yet', async () => {
  using place = projectWith();

  const planned = await plan(place);

  expect(planned).toHaveLength(4);
  expect(() => boardModelPath(planned[0]!.case.spec, '1.6.1')).toThrow(
    'has not been converted for SDK 1.6.1',
  );
  writeFileSync(place.path('hil.config.yaml'), '');
  await expect(plan(place, ['1.6.1'])).rejects.toMatchObject({
    message:
      'specs/net.hil.json: model.board is to be converted, but `convert` in hil.config.yaml has no command for SDK 1.6.1; it has none',
    hint: 'Add convert["1.6.1"].command to hil.config.yaml, or choose another SDK with --sdk.',
  });
});

test('a spec says what is converted, if that is not the reference', async () => {
  using place = projectWith({
    'specs/net.hil.json': specOf('net', {
      convert: 'net.yaml',
      from: { model: 'n.prototxt', weights: 'n.bin' },
    }),
    'specs/n.prototxt': 'layers',
    'specs/n.bin': 'weights',
  });

  const { results } = await convert(place, ['1.6.1']);

  expect(results[0]!.conversion.source).toEqual({
    model: place.path('specs/n.prototxt'),
    weights: place.path('specs/n.bin'),
  });
});

test.each([
  ['an unknown placeholder', { command: ['convert', '{modle}', '{output}'] }, 'command[1] is "{modle}"'],
  ['nothing to convert', { command: ['convert'] }, 'a command that is told what to convert'],
  ['a shell’s line', { command: 'convert {model} {output}' }, 'must be a list'],
  [
    'a time without unit',
    { command: ['convert', '{request}'], timeout: '30' },
    'a duration of 1s to 24 hours',
  ],
])('a config with %s is refused', (_, converterOf, message) => {
  using place = temporaryProject({
    'hil.config.yaml': JSON.stringify({ convert: { '1.7.5': converterOf } }),
  });

  expect(() => place.project).toThrow(message);
});

/** Ended processes of others stay visible until they are reaped; give that a moment. */
async function untilGone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0);
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
    if (/\) Z /.test(state)) return;
    await setTimeout(100);
  }
  throw new Error(`process ${pid} lives on`);
}
