import type { Client, SFTPWrapper } from 'ssh2';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../ssh/connect.ts';
import { exec } from '../../ssh/exec.ts';
import type { SshConnection } from '../../ssh/ssh-connection.ts';
import { EmbeddedBoard } from './embedded-board.ts';
import { FakeNpu } from './fake-npu.ts';

let board: EmbeddedBoard;
let connection: SshConnection;

beforeEach(async () => {
  const started = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu() });
  const opened = await connect(started.address, {});
  board = started;
  connection = opened;
  return async () => {
    await opened[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  };
});

async function run(
  line: string,
  stdin?: string,
): Promise<{ code: number | undefined; out: string; err: string }> {
  const options = stdin === undefined ? {} : { stdin: Buffer.from(stdin) };
  const { code, stdout, stderr } = await exec(connection, line, options);
  return { code, out: stdout.toString(), err: stderr };
}

describe('commands of an embedded board', () => {
  test.each([
    ['true && echo yes || echo no', 0, 'yes\n'],
    ['false && echo yes || echo no', 0, 'no\n'],
    ['echo one; echo two', 0, 'one\ntwo\n'],
    ['exec echo last; echo never', 0, 'last\n'],
    ['uname', 0, 'Linux\n'],
    ['uname -a', 0, 'Linux virtual-board 4.4.194-virtual aarch64\n'],
    ['cat /proc/version', 0, 'Linux version 4.4.194-virtual (simulated) #1 SMP PREEMPT\n'],
    ['test -d /tmp && test ! 2>/dev/null', 2, ''],
    ['[ -f /proc/version ]', 0, ''],
    ['[ -d /nowhere ]', 1, ''],
    [
      'echo abc > /tmp/x && sha256sum /tmp/x',
      0,
      'edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb  /tmp/x\n',
    ],
    ['echo abc > /tmp/x; echo de >> /tmp/x; wc -c < /tmp/x; wc -c /tmp/x', 0, '7\n7 /tmp/x\n'],
    ['mkdir -p /tmp/a/b; touch /tmp/a/c; ls /tmp/a', 0, 'b\nc\n'],
    ['touch /tmp/a; mv /tmp/a /tmp/b; ls /tmp; rm /tmp/b; ls /tmp', 0, 'b\n'],
    ['rm -f /tmp/none', 0, ''],
  ])('%s', async (line, code, out) => {
    expect(await run(line)).toMatchObject({ code, out });
  });

  test('copy what they read to what they write', async () => {
    expect(await run('cat > /tmp/file', 'some text')).toEqual({ code: 0, out: '', err: '' });
    expect(await run('cat < /tmp/file')).toMatchObject({ out: 'some text' });
  });

  test.each([
    ['rm /tmp/none', 1, 'rm: /tmp/none: No such file or directory\n'],
    ['cat /tmp', 1, 'cat: /tmp: Is a directory\n'],
    ['echo x > /none/file', 1, 'sh: /none/file: No such file or directory\n'],
    ['bash -c true', 127, 'sh: bash: not found\n'],
    ['ls | wc', 2, 'sh: syntax error: unexpected "|"\n'],
    ['kill -9 99999', 1, "sh: can't kill pid 99999: No such process\n"],
  ])('complain as a shell does: %s', async (line, code, err) => {
    expect(await run(line)).toEqual({ code, out: '', err });
  });

  test('tell how much room there is', async () => {
    await run('cat > /tmp/file', 'x'.repeat(1024 * 1024));

    const { out } = await run('df -k /tmp');

    expect(out).toContain('memory               524288 1024 523264 1% /\n');
  });

  test('find a process in /proc while it lives', async () => {
    const sleeping = exec(connection, 'exec sleep 60', {});
    await expect.poll(() => board.processes.running.map(({ name }) => name)).toContain('sleep');
    const { pid } = board.processes.running.find(({ name }) => name === 'sleep')!;

    expect((await run(`cat /proc/${pid}/stat`)).out).toMatch(new RegExp(`^${pid} \\(sleep\\) S `));
    expect((await run(`kill -9 -${pid}`)).code).toBe(0);
    expect((await run(`cat /proc/${pid}/stat`)).code).toBe(1);
    expect((await sleeping).signal).toBe('SIGKILL');
  });
});

describe('an embedded board', () => {
  test('has another identity after a reboot, an empty /tmp, and the same disk', async () => {
    const before = await run('cat /proc/sys/kernel/random/boot_id; touch /tmp/gone /userdata/kept');
    board.reboot();
    await using again = await connect(board.address, {});

    const after = await exec(again, 'cat /proc/sys/kernel/random/boot_id; ls /tmp; ls /userdata', {});

    expect(after.stdout.toString()).toMatch(/^[0-9a-f-]{36}\nhil\nkept\n$/);
    expect(after.stdout.toString()).not.toContain(before.out.trim());
  });

  test('shares nothing with another one', async () => {
    const other = await EmbeddedBoard.start({ name: 'other', npu: new FakeNpu() });
    onTestFinished(() => other[Symbol.asyncDispose]());
    await run('touch /tmp/here');

    expect(other.address.port).not.toBe(board.address.port);
    expect(other.address.hostKeys).not.toEqual(board.address.hostKeys);
    expect(other.files.list('/tmp')).toEqual([]);
    await expect(
      connect({ ...other.address, credentials: board.address.credentials }, {}),
    ).rejects.toMatchObject({
      code: 'HIL_SSH_LOGIN',
    });
  });

  test('opens no shell, forwards no port and no agent', async () => {
    const { client } = connection;
    const asked = (
      ask: (client: Client, answer: (error?: Error) => void) => void,
    ): Promise<Error | undefined> => new Promise((resolve) => ask(client, resolve));

    const answers = await Promise.all([
      asked((ssh, answer) => ssh.shell(answer)),
      asked((ssh, answer) => ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', board.address.port, answer)),
      asked((ssh, answer) => ssh.forwardIn('127.0.0.1', 0, answer)),
      asked((ssh, answer) => ssh.subsys('netconf', answer)),
    ]);

    expect(answers.every((error) => error instanceof Error)).toBe(true);
  });

  test('refuses SFTP requests that no upload needs', async () => {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      connection.client.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
    );

    const errors = await Promise.all(
      [
        (answer: (problem?: Error) => void) => sftp.readdir('/', answer),
        (answer: (problem?: Error) => void) => sftp.open('/proc/version', 'r', answer),
      ].map((ask) => new Promise<Error | undefined>((resolve) => ask(resolve))),
    );

    expect(errors.map((error) => error?.message)).toEqual(['Operation unsupported', 'Operation unsupported']);
    sftp.end();
  });

  test('can be refused and reached again at the same port', async () => {
    const { port } = board.address;
    await board.setFaults({ refuseConnections: true });
    await expect(connect(board.address, {})).rejects.toMatchObject({ code: 'HIL_SSH_REFUSED' });
    await board.setFaults({});

    await using again = await connect(board.address, {});

    expect(again.alive).toBe(true);
    expect(board.address.port).toBe(port);
  });

  test('frees its room when the disk is no longer full', async () => {
    await board.setFaults({ diskFull: true });
    expect(await run('echo x > /tmp/file')).toMatchObject({
      code: 1,
      err: 'echo: /tmp/file: No space left on device\n',
    });

    await board.setFaults({});

    expect((await run('echo x > /tmp/file')).code).toBe(0);
  });
});
