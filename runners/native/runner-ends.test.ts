import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeFrame } from '../protocol/frame.ts';
import { greeting } from './runner-process.ts';
import { describeRunner, inferFour, patient } from './runner-under-test.ts';

/** Gone, or a zombie that only waits to be asked for. */
function isGone(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

/** A program that holds both ends of a runner, as sshd does; told by arguments: frames in base64, and the command. */
const middleman = `
  const [frames, file, ...args] = process.argv.slice(1);
  const child = require('node:child_process').spawn(file, args);
  child.stdin.write(Buffer.from(frames, 'base64'));
  child.stdout.on('data', () => console.log(child.pid));
`;

const impatient = { ...greeting, silenceSeconds: 1 };

describeRunner('ends', (runner) => {
  test('with the host in silence: when nothing comes', async () => {
    const host = runner.start();
    await host.ask(impatient);

    expect(await host.exited).toEqual({ code: 3, signal: null });
  });

  test('with the host in silence: when the vendor’s code hangs, and nothing comes', async () => {
    const host = runner.start({ vendor: { HANGS: 'rknn_run' } });
    await host.ask(impatient);
    await host.ask(runner.load());
    host.send(inferFour, [new Uint8Array(4)]);

    expect(await host.exited).toEqual({ code: 3, signal: null });
  });

  test('not while a request takes its time and the host pings', async () => {
    const host = runner.start({ vendor: { RUN_MS: 5000 } });
    await host.ask({ ...greeting, silenceSeconds: 3 });
    await host.ask(runner.load());
    host.send(inferFour, [new Uint8Array(4)]);
    const pings = setInterval(() => host.send({ type: 'ping' }), 400);

    const answer = await host.next();
    clearInterval(pings);

    expect(answer).toMatchObject({ head: { type: 'inferred' } });
    expect(await host.next()).toMatchObject({ head: { type: 'pong' } });
  });

  test('when the host hangs up while the vendor’s code hangs', async () => {
    const host = await runner.startLoaded({ vendor: { HANGS: 'rknn_run' } });
    host.send(inferFour, [new Uint8Array(4)]);
    await expect.poll(() => runner.trace().at(-1), patient).toContain('rknn_run');

    host.hangUp();

    expect(await host.exited).toEqual({ code: 3, signal: null });
  });

  test('when the process that started it is killed in the middle of a run', async () => {
    const load = { ...runner.load(), id: 2 };
    const requests = [{ ...greeting, id: 1 }, load, { ...inferFour, id: 3 }];
    const frames = Buffer.concat(requests.flatMap((head) => encodeFrame('host', head, head.id === 3 ? [new Uint8Array(4)] : []))); // prettier-ignore
    const folder = mkdtempSync(join(tmpdir(), 'hil-native-'));
    const env = { ...process.env, VENDOR_HANGS: 'rknn_run', VENDOR_TRACE: join(folder, 'trace') };
    const parent = spawn(
      process.execPath,
      ['-e', middleman, frames.toString('base64'), ...runner.command, '--library', runner.library],
      { env },
    );
    const trace = (): string =>
      existsSync(join(folder, 'trace')) ? readFileSync(join(folder, 'trace'), 'utf8') : '';
    let printed = '';
    parent.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await expect.poll(trace, patient).toContain('rknn_run');
    await expect.poll(() => printed, patient).toMatch(/^\d+\n/);
    const pid = Number(printed.split('\n')[0]);
    expect(isGone(pid)).toBe(false);

    parent.kill('SIGKILL');

    await expect.poll(() => isGone(pid), patient).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test('when nobody reads its answers any more', async () => {
    const host = await runner.startLoaded({ vendor: { RUN_MS: 100 } });
    host.send({ ...inferFour, repeats: 5 }, [new Uint8Array(4)]);

    host.hangUp();

    expect((await host.exited).signal).toBeNull();
  });

  test('when the vendor’s code crashes, as the system tells', async () => {
    const host = await runner.startLoaded({ vendor: { CRASHES: 'rknn_run', PRINTS: 1 } });

    host.send(inferFour, [new Uint8Array(4)]);

    expect(await host.exited).toEqual({ code: null, signal: 'SIGSEGV' });
    expect(host.stderr).toContain('rknn_run\n');
  });

  test('with its whole process group, which it leads', async () => {
    const host = await runner.startLoaded({ vendor: { HANGS: 'rknn_run' } });
    host.send(inferFour, [new Uint8Array(4)]);

    process.kill(-host.pid, 'SIGKILL');

    expect(await host.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('at a wrong command line, with the right one', async () => {
    const unknown = runner.start({ args: ['--verbose'] });
    const incomplete = runner.start({ args: ['--library'] });

    expect(await unknown.exited).toEqual({ code: 2, signal: null });
    expect(await incomplete.exited).toEqual({ code: 2, signal: null });
    expect(unknown.stderr).toContain('--verbose');
    expect(incomplete.stderr).toContain('usage: hil-npu-run [--library FILE]');
  });

  test('after it has told its version', () => {
    const [file, ...args] = runner.command;

    const line = execFileSync(file!, [...args, '--version'], { encoding: 'utf8' });

    expect(line).toMatch(/^hil-npu-run \d+\.\d+\.\d+ build [0-9a-f]{64}\n$/);
  });
});

describeRunner('keeps its output clean', (runner) => {
  test('whatever the vendor’s library prints, and whenever', async () => {
    const host = await runner.startLoaded({ vendor: { PRINTS: 1 } });

    for (let run = 0; run < 50; run++) {
      const { payload } = await host.ask(inferFour, [Uint8Array.of(run, 1, 2, 3)]);
      expect([...payload]).toEqual([run, 1, 2, 3]);
    }

    await host.ask({ type: 'bye' });
    await host.exited;
    expect(host.stderr).toContain('the library’s constructor prints'.replace('’', "'"));
    expect(host.stderr.match(/^rknn_run$/gm)).toHaveLength(50);
  });

  test('and sends an error after the words that explain it', async () => {
    const host = runner.start({ vendor: { PRINTS: 1, RETURNS: 'rknn_init:-13' } });
    await host.ask(greeting);

    await host.ask(runner.load());

    expect(host.stderr).toContain('rknn_init\n');
  });

  test('even if it is started with its standard descriptors closed', () => {
    const line = execFileSync('sh', ['-c', '"$@" --version 2>&- <&-', 'sh', ...runner.command], {
      encoding: 'utf8',
    });

    expect(line).toContain('hil-npu-run');
  });
});
