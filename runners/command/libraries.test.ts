import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { LibraryConfig } from '../../harness/project/ssh-board-config.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { missing } from '../machine-needs.ts';
import { hostCompiler } from '../native/native-build.ts';
import { sshTargets } from '../ssh/inventory/ssh-targets.ts';
import { boardEntry } from '../ssh/real-server/board-with-stand-in.ts';
import { fewApplets, needsOf, RealServer } from '../ssh/real-server/real-server.ts';
import { localFile, modelFor, requestOf, simulatedBoard, topFive } from './command-board.ts';
import { CommandRunner } from './command-runner.ts';

const reason = missing(...needsOf('dropbear'), hostCompiler);

/** Files as a release of the vendor has them: a runtime, and a stub of the name that programs are linked with. */
function makeRelease(root: string): void {
  const cc = (output: string, source: string, ...flags: readonly string[]) =>
    execFileSync(process.env['CC'] ?? 'cc', ['-x', 'c', '-', '-o', join(root, output), ...flags], {
      input: source,
    });
  const library = (name: string, says: string) =>
    cc(
      `release/${name}`,
      `const char *who(void) { return "${says}"; }\n`,
      '-shared',
      '-fPIC',
      `-Wl,-soname,${name}`,
    );
  mkdirSync(join(root, 'release'));
  library('librknn_runtime.so', 'the runtime of 1.6.1');
  library('librknn_api.so', 'the stub, and so whatever is installed');
  cc(
    'demo',
    `#include <stdio.h>\nconst char *who(void);\nint main(void) { fprintf(stderr, "loaded: %s\\n", who()); fputs("${topFive.replaceAll('\n', '\\n')}", stdout); return 0; }\n`,
    '-x', 'none', join(root, 'release/librknn_api.so'),
  ); // prettier-ignore
}

describe.skipIf(reason !== undefined)(`a program and the SDK’s libraries (${reason ?? 'dropbear'})`, () => {
  let root: string;
  let server: RealServer;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'hil-release-'));
    makeRelease(root);
    server = await RealServer.start({ kind: 'dropbear', applets: fewApplets });
  }, 60_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  /** Runs the program on a board whose entry says this of SDK 1.6.1. */
  async function run(library: LibraryConfig | undefined, environment: Record<string, string> = {}) {
    const { name, host, port, user, hostKeys, workFolder } = server.address;
    const entry = boardEntry({
      name,
      kind: 'ssh',
      host,
      port,
      user,
      hostKeys: [...hostKeys],
      workFolder,
      credentials: [{ key: server.keyFile }],
      simulated: true,
      jump: [],
      sdks: ['1.6.1'],
      ...(library === undefined ? {} : { libraries: { '1.6.1': library } }),
      limits: { minFreeMiB: 0 },
    });
    const targets = sshTargets([entry], { root, home: join(root, 'nobody'), env: {} });
    const session = await new CommandRunner(targets).open(simulatedBoard, '1.6.1', {});
    onTestFinished(() => session[Symbol.asyncDispose]());
    const program = { name: 'demo', file: localFile(join(root, 'demo')) };
    const model = await session.load(modelFor({ program, environment }), {});
    const ran = await model.infer(requestOf('x'), {}).catch((error: unknown) => error);
    const log = session.takeLog();
    await session[Symbol.asyncDispose]();
    return { ran, log, identity: session.identity };
  }

  test('the release’s own runtime is loaded under the name that the program is linked with', async () => {
    const { log, identity } = await run({ folder: 'release', file: 'librknn_runtime.so' });

    expect(log).toContain('loaded: the runtime of 1.6.1');
    const runtime = sha256Hex(readFileSync(join(root, 'release/librknn_runtime.so')));
    expect(identity.environment).toMatchObject({
      'librknn_runtime.so': runtime,
      'librknn_api.so': runtime,
    });
  });

  test('a library that the board has is loaded from there', async () => {
    const { log } = await run(join(root, 'release/librknn_runtime.so'));

    expect(log).toContain('loaded: the runtime of 1.6.1');
  });

  test('without libraries in the entry nothing is changed, and a board that has none says so', async () => {
    const { ran, log } = await run(undefined);

    expect(log).toContain('librknn_api.so');
    expect(ran).toMatchObject({ code: 'HIL_PROGRAM_MISSING' });
  });

  test('a spec’s own variable wins', async () => {
    const { log } = await run(
      { folder: 'release', file: 'librknn_runtime.so' },
      { LD_LIBRARY_PATH: join(root, 'release') },
    );

    expect(log).toContain('loaded: the stub, and so whatever is installed');
  });
});
