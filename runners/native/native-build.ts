import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type MachineNeed, program } from '../machine-needs.ts';

const buildScript = fileURLToPath(new URL('build.mjs', import.meta.url));
const compiler = process.env['CC'] ?? 'cc';

/** The compiler that the build script takes for this machine. */
export const hostCompiler: MachineNeed = program(compiler);

/** The same with the run-time libraries of AddressSanitizer and UndefinedBehaviorSanitizer. */
export const sanitizers: MachineNeed = {
  what: `AddressSanitizer and UBSan for ${compiler}`,
  met: () => {
    const args = ['-fsanitize=address,undefined', '-x', 'c', '-', '-o', '/dev/null'];
    return spawnSync(compiler, args, { input: 'int main(void) { return 0; }\n' }).status === 0;
  },
};

/**
 * Runs the build script of the project's C, which leaves alone what is up to date.
 *
 * @returns What it prints: the paths of the files that are there now.
 */
export function buildNative(...options: readonly string[]): readonly string[] {
  const output = execFileSync(process.execPath, [buildScript, ...options], { encoding: 'utf8' });
  return output.trim().split('\n');
}

/** The shipped runner for an architecture. */
export const prebuiltRunner = (architecture: 'aarch64' | 'x86_64'): string =>
  fileURLToPath(new URL(`prebuilt/${architecture}/hil-npu-run`, import.meta.url));
