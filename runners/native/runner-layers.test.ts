import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { bytesOf } from '../../harness/tensor/dtype.ts';
import type { Message, Reply } from '../protocol/messages.ts';
import type { BodyOf, RunnerProcess } from './runner-process.ts';
import { describeRunner, fourBytes, refusal, patient } from './runner-under-test.ts';

const layersRequest: BodyOf<'layers'> = { type: 'layers', model: 1, inputs: [fourBytes] };

/** The name that recent drivers give to a dump. */
const dump = (node: number, w: number, h = 1, d = 1): string =>
  `NodeID_${node}_ConvolutionReluPoolingLayer2_w_${w}_h_${h}_d_${d}_batchID_0_out_0.txt`;

async function askLayers(host: RunnerProcess): Promise<Message<Reply>[]> {
  host.send(layersRequest, [Uint8Array.of(1, 2, 3, 4)]);
  const messages: Message<Reply>[] = [];
  do messages.push(await host.next());
  while (messages.at(-1)!.head.type === 'layer');
  return messages;
}

const namesOf = (messages: readonly Message<Reply>[]): unknown[] =>
  messages.map(({ head }) => (head as Record<string, unknown>)['name']);

describeRunner('dumps layers', (runner) => {
  test('sends every number of every layer, and leaves nothing', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(7, 2, 3, 4) } });
    const before = readlinkSync(`/proc/${host.pid}/cwd`);

    const [layer, end] = await askLayers(host);

    expect(layer!.head).toMatchObject({
      name: dump(7, 2, 3, 4),
      dtype: 'float32',
      shape: [4, 3, 2],
      offset: 0,
      length: 96,
    });
    const values = [...new Float32Array(layer!.payload.slice().buffer)];
    expect(values).toEqual(Array.from({ length: 24 }, (_, i) => i * 0.5 - 1));
    expect(end!.head).toMatchObject({ type: 'layers-end', count: 1 });
    expect(readdirSync(runner.work)).toEqual([]);
    expect(readlinkSync(`/proc/${host.pid}/cwd`)).toBe(before);
  });

  test('does not send what the host holds', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: `${dump(7, 2)};${dump(8, 3)}` } });
    const [first, second] = await askLayers(host);
    const hashes = [first, second].map((message) => (message!.head as { sha256: string }).sha256);

    host.send({ ...layersRequest, known: ['no hash', hashes[1]!] }, [Uint8Array.of(1, 2, 3, 4)]);
    const [again, same] = [await host.next(), await host.next()];

    // Half a step after the other from -1 on, as the vendor that the tests play writes them.
    expect(hashes).toEqual([
      sha256Hex(bytesOf(Float32Array.of(-1, -0.5))),
      sha256Hex(bytesOf(Float32Array.of(-1, -0.5, 0))),
    ]);
    expect(again.head).toMatchObject({ sha256: hashes[0], length: 8 });
    expect(again.head).not.toHaveProperty('same');
    expect(same.head).toMatchObject({ name: dump(8, 3), sha256: hashes[1], same: true, length: 0 });
    expect([again.payload.length, same.payload.length]).toEqual([8, 0]);
  });

  test('takes no list of hashes that is none', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(7, 2) } });

    host.send({ ...layersRequest, known: 7 } as never, [Uint8Array.of(1, 2, 3, 4)]);

    expect((await host.next()).head).toMatchObject({ type: 'error', code: 'request' });
  });

  test('dumps in a context of its own, and only there', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(7, 1) } });

    await askLayers(host);
    await host.ask({ ...layersRequest, type: 'infer', repeats: 1 }, [new Uint8Array(4)]);

    const inits = runner.trace().filter((line) => line.startsWith('rknn_init'));
    expect(inits).toEqual(['rknn_init size=7 flag=0 dump=-', 'rknn_init size=7 flag=0 dump=1']);
    const folders = runner.trace().filter((line) => line.startsWith('dump in '));
    expect(folders).toEqual([expect.stringContaining(`${runner.work}/hil-npu-run.${host.pid}.`)]);
    expect(runner.trace()).toContain('rknn_destroy model=intact');
  });

  test('sends layers in the order in which they appeared, which their numbers are not', async () => {
    const nodes = [108, 2, 109, 147, 12, 87, 91];
    const host = await runner.startLoaded({
      vendor: { DUMPS: nodes.map((node) => dump(node, 1)).join(';') },
    });

    const messages = await askLayers(host);

    expect(namesOf(messages.slice(0, -1))).toEqual(nodes.map((node) => dump(node, 1)));
  });

  // The names of the four eras of the driver.
  test('reads all forms of names, and goes by the number in them where there is one', async () => {
    const names = [
      'tensorName_uid_5_out_0_0001_NodeID_2_PoolingLayer2_w_1_h_1_d_1_batchID_0_out_0.txt',
      'tensorName__0000_NodeID_147_ConvolutionReluPoolingLayer2_w_1_h_1_d_1_batchID_0_out_0.txt',
    ];
    const others = [
      'tensorName_conv1_NodeID_3_x_NodeID_8_Conv_w_1_h_1_d_1_batchID_0_out_0.txt',
      'gpuID_0_NodeID_4_SoftMax2_w_1_h_1_d_1_batchID_0_out_1.txt',
    ];
    const first = await runner.startLoaded({ vendor: { DUMPS: names.join(';') } });
    const second = await runner.startLoaded({ vendor: { DUMPS: others.join(';') } });

    expect(namesOf((await askLayers(first)).slice(0, -1))).toEqual(names.toReversed());
    expect(namesOf((await askLayers(second)).slice(0, -1))).toEqual(others);
  });

  test('reads what printf writes for numbers that are none', async () => {
    for (const [word, value] of [
      ['nan', NaN],
      ['-nan', NaN],
      ['inf', Infinity],
      ['-inf', -Infinity],
      ['-0.000000', -0],
    ] as const) {
      // prettier-ignore
      const host = await runner.startLoaded({ vendor: { DUMPS: `${dump(1, 1)}=${word}` } });

      const [layer] = await askLayers(host);

      expect(new Float32Array(layer!.payload.slice().buffer)[0]).toBe(value);
    }
  });

  test('sends no layers where the driver writes none, and logs its table of names', async () => {
    const files = 'NodeID_To_LayerName.txt=conv1;unknown.txt=7;NodeID_1_w_2.txt=7';
    const host = await runner.startLoaded({ vendor: { DUMPS: files } });

    const messages = await askLayers(host);

    expect(messages).toMatchObject([{ head: { type: 'layers-end', count: 0 } }]);
    expect(host.stderr).toContain('NodeID_To_LayerName.txt follows\nconv1\n');
    expect(readdirSync(runner.work)).toEqual([]);
  });

  test.each([
    ['fewer numbers than its name says', `${dump(1, 5)}=4`, 'internal', 'fewer'],
    ['more numbers than its name says', `${dump(1, 5)}=6`, 'internal', 'more'],
    ['words', `${dump(1, 1)}=overflow`, 'internal', 'no number'],
    [
      'more numbers than the host takes',
      `${dump(1, 999_999_999, 999_999_999, 999_999_999)}=1`,
      'limit',
      'takes',
    ],
  ])('refuses a dump with %s, and leaves nothing', async (_, file, code, words) => {
    const host = await runner.startLoaded({ vendor: { DUMPS: file } });

    const [answer] = await askLayers(host);

    expect(answer).toEqual(refusal(code, { message: expect.stringContaining(words) }));
    expect(readdirSync(runner.work)).toEqual([]);
    expect(await host.ask({ type: 'ping' })).toMatchObject({ head: { type: 'pong' } });
  });

  test('passes on what fails in a dump run, and leaves nothing', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(1, 5), RETURNS: 'rknn_run:-1' } });

    expect(await askLayers(host)).toEqual([refusal('vendor', { vendor: { call: 'rknn_run', status: -1 } })]);
    expect(readdirSync(runner.work)).toEqual([]);
  });

  test('says so if its folder cannot be made', async () => {
    const host = await runner.startLoaded({ args: ['--library', runner.library, '--work', '/nowhere'] });

    expect(await askLayers(host)).toEqual([
      refusal('internal', { message: expect.stringContaining('/nowhere') }),
    ]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'leaves nothing when %s ends a dump run',
    async (signal) => {
      const host = await runner.startLoaded({
        vendor: { DUMPS: `${dump(1, 5)};${dump(2, 5)}`, HANGS: 'rknn_run' },
      });
      host.send(layersRequest, [new Uint8Array(4)]);
      await expect.poll(() => filesIn(runner.work), patient).toHaveLength(2);

      host.kill(signal);

      expect(await host.exited).toEqual({ code: null, signal });
      expect(readdirSync(runner.work)).toEqual([]);
    },
  );

  test('leaves nothing when the vendor’s code crashes in a dump run', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(1, 5), CRASHES: 'rknn_run' } });

    host.send(layersRequest, [new Uint8Array(4)]);

    expect(await host.exited).toEqual({ code: null, signal: 'SIGSEGV' });
    expect(readdirSync(runner.work)).toEqual([]);
  });

  test('leaves nothing when the host hangs up in a dump run', async () => {
    const host = await runner.startLoaded({ vendor: { DUMPS: dump(1, 5), HANGS: 'rknn_run' } });
    host.send(layersRequest, [new Uint8Array(4)]);
    await expect.poll(() => filesIn(runner.work), patient).toHaveLength(1);

    host.hangUp();

    expect(await host.exited).toEqual({ code: 3, signal: null });
    expect(readdirSync(runner.work)).toEqual([]);
  });

  test('removes at its start what a killed runner left, and nothing else', async () => {
    const killed = await runner.startLoaded({ vendor: { DUMPS: dump(1, 5), HANGS: 'rknn_run' } });
    killed.send(layersRequest, [new Uint8Array(4)]);
    await expect.poll(() => filesIn(runner.work), patient).toHaveLength(1);
    killed.kill('SIGKILL');
    await killed.exited;
    const kept = [`hil-npu-run.${process.pid}.alive0`, 'hil-npu-run.1x.name', 'another'];
    for (const name of kept) mkdirSync(join(runner.work, name));
    writeFileSync(join(runner.work, kept[2]!, 'file'), '');
    expect(readdirSync(runner.work)).toHaveLength(4);

    await runner.startLoaded();

    expect(readdirSync(runner.work).sort()).toEqual(kept.toSorted());
    expect(existsSync(join(runner.work, kept[2]!, 'file'))).toBe(true);
  });

  test('goes to TMPDIR where no folder is named', async () => {
    const host = await runner.startLoaded({
      args: ['--library', runner.library],
      vendor: { DUMPS: dump(1, 1) },
      env: { TMPDIR: runner.work },
    });

    await askLayers(host);

    expect(runner.trace()).toContainEqual(expect.stringContaining(`dump in ${runner.work}/`));
  });
});

/** The files in the folders of a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)));
