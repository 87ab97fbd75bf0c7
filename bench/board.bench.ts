import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '../runners/ssh/connect.ts';
import { exec } from '../runners/ssh/exec.ts';
import type { SshAddress } from '../runners/ssh/ssh-address.ts';
import { BoardCache } from '../runners/ssh/upload.ts';
import { SimulatedBoard } from '../runners/virtual/container/simulated-board.ts';
import { fakeModel, FakeNpu } from '../runners/virtual/embedded/fake-npu.ts';
import type { BenchRow } from './bench-row.ts';
import { scaling } from './board-scaling.ts';
import { warmCase } from './board-warm-case.ts';
import { board, inputBytes, inputs, modelOf, outputBytes, runnerFor, sdk } from './board-workload.ts';
import { median } from './median.ts';

// Board (c): Debian with OpenSSH in a container, the real hil-npu-run, the stand-in library, and an NPU that takes no
// time.

const execute = promisify(execFile);

export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-board-'));
  try {
    await using simulated = await SimulatedBoard.start({
      name: 'bench',
      image: 'debian',
      sdks: [sdk],
      npuFor: () => new FakeNpu(),
    });
    const client = await opensshClient(simulated.board.address, folder);
    const warm = await warmCase(simulated, folder);
    return [
      warm,
      await shellLoop(warm.value, client, folder),
      ...(await firstResults(simulated)),
      await upload(simulated.board.address, client, folder),
      await memory(simulated),
      await scaling(),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function factsOf(
  connection: Awaited<ReturnType<typeof connect>>,
  { workFolder }: SshAddress,
): Promise<{ bootId: string; workFolder: string }> {
  const { stdout } = await exec(connection, 'cat /proc/sys/kernel/random/boot_id', {});
  return { bootId: stdout.toString('utf8').trim(), workFolder };
}

interface OpensshClient {
  readonly options: readonly string[];
  readonly port: string;
  readonly target: string;
}

/** Keys and options for `ssh` and `scp`; no configuration of the user's. */
async function opensshClient(
  { host, port, user, credentials }: SshAddress,
  folder: string,
): Promise<OpensshClient> {
  const key = credentials.find((credential) => credential.kind === 'key');
  if (key?.kind !== 'key') throw new Error('the board takes no key');
  const path = join(folder, 'key');
  await writeFile(path, key.privateKey);
  await chmod(path, 0o600);
  // The container's key is fresh and on loopback; what is measured is the way, not the trust.
  const options = [
    '-F',
    'none',
    '-i',
    path,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  return { options, port: String(port), target: `${user}@${host}` };
}

async function shellLoop(
  warm: number,
  { options, port, target }: OpensshClient,
  folder: string,
): Promise<BenchRow> {
  const local = join(folder, 'input.bin');
  await writeFile(local, new Uint8Array(inputBytes));
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    await execute('scp', [...options, '-P', port, local, `${target}:/tmp/in.bin`]);
    await execute('ssh', [
      ...options,
      '-p',
      port,
      target,
      `head -c ${outputBytes} /tmp/in.bin > /tmp/out.bin`,
    ]);
    await execute('scp', [...options, '-P', port, `${target}:/tmp/out.bin`, join(folder, 'back.bin')]);
    times.push(performance.now() - started);
  }
  const loop = median(times);
  return {
    name: 'the same warm case against scp + ssh + scp with the OpenSSH client',
    value: warm,
    unit: 'ms',
    peer: 'shell loop, without an NPU',
    peerValue: loop,
    ratio: loop / warm,
    aim: 'at least 50 times faster',
    note: 'the ratio says how many times faster',
  };
}

async function firstResults(simulated: SimulatedBoard): Promise<BenchRow[]> {
  const connectToFirstResult = async (bytes: Uint8Array): Promise<number> => {
    const started = performance.now();
    await using session = await runnerFor(simulated).open(board, sdk, {});
    await using model = await session.load(modelOf(bytes), {});
    await model.infer({ inputs, repeats: 1 }, {});
    return performance.now() - started;
  };
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < 5; round++) {
    await simulated.board.exec(['sh', '-c', `rm -rf ${simulated.board.address.workFolder}/*`]);
    const bytes = fakeModel(inputBytes, outputBytes, 10_000_000 + round);
    cold.push(await connectToFirstResult(bytes));
    warm.push(await connectToFirstResult(bytes));
  }
  const row = { unit: 'ms', note: 'runner, library and a model of 10 MB; medians of 5' } as const;
  return [
    { ...row, name: 'connect to first result, cold board: nothing of ours is there', value: median(cold) },
    { ...row, name: 'connect to first result, warm board: everything is there', value: median(warm) },
  ];
}

async function upload(
  address: SshAddress,
  { options, port, target }: OpensshClient,
  folder: string,
): Promise<BenchRow> {
  const size = 45_000_000;
  const local = join(folder, 'model.bin');
  const ours: number[] = [];
  const theirs: number[] = [];
  const checks: number[] = [];
  for (let round = 0; round < 5; round++) {
    const bytes = randomBytes(size);
    const file = modelOf(bytes);
    await writeFile(local, bytes);
    const scpStarted = performance.now();
    await execute('scp', [...options, '-P', port, local, `${target}:/tmp/model.bin`]);
    theirs.push(performance.now() - scpStarted);
    const started = performance.now();
    await using connection = await connect(address, {});
    const { bootId, workFolder } = await factsOf(connection, address);
    const { path } = await new BoardCache(connection, { workFolder, bootId }).place(file, {});
    ours.push(performance.now() - started);
    const checkStarted = performance.now();
    await exec(connection, `sha256sum ${path}`, {});
    checks.push(performance.now() - checkStarted);
  }
  const rate = (ms: number) => size / 1000 / ms;
  return {
    name: 'upload of 45 MB, connection and check of the hash included',
    value: rate(median(ours)),
    unit: 'MB/s',
    peer: 'scp, connection included, nothing checked',
    peerValue: rate(median(theirs)),
    ratio: median(theirs) / median(ours),
    aim: 'at least as fast',
    note: `of ${median(ours).toFixed(0)} ms the board hashes for ${median(checks).toFixed(0)}; without that the ratio is ${(median(theirs) / (median(ours) - median(checks))).toFixed(2)}`,
  };
}

async function memory(simulated: SimulatedBoard): Promise<BenchRow> {
  await using session = await runnerFor(simulated).open(board, sdk, {});
  await using model = await session.load(modelOf(fakeModel(inputBytes, outputBytes, 10_000_000)), {});
  await model.infer({ inputs, repeats: 1 }, {});
  await using connection = await connect(simulated.board.address, {});
  const script =
    'for p in /proc/[0-9]*; do case "$(cat $p/cmdline 2>/dev/null)" in *hil-npu-run*) grep VmHWM $p/status;; esac; done';
  const { stdout } = await exec(connection, script, {});
  const sizes = [...stdout.toString('utf8').matchAll(/VmHWM:\s+(\d+) kB/g)].map(([, kB]) => Number(kB));
  return {
    name: 'largest memory of hil-npu-run with a model of 10 MB',
    value: Math.max(...sizes) / 1000,
    unit: 'MB',
  };
}
