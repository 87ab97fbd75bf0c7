// Builds the project's C: hil-npu-run, and the stand-in librknn_api.so. Plain Node, so that it needs no make.
//
//   node runners/native/build.mjs [--target host|aarch64] [--sanitize] [--out FOLDER]
//
// What is up to date is left alone. Prints the path of every file it stands for, one per line; by default they lie in
// runners/native/build/<architecture>[-sanitize]/.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const home = dirname(fileURLToPath(import.meta.url));

const warnings = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Wstrict-prototypes', '-Wmissing-prototypes', '-Werror']; // prettier-ignore
const language = ['-std=c11', '-D_GNU_SOURCE', '-fvisibility=hidden'];
const release = ['-O2', '-fno-ident', `-ffile-prefix-map=${home}/=`, '-Wl,--build-id=none', '-Wl,-s', '-Wl,-z,relro,-z,now']; // prettier-ignore
const sanitized = ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']; // prettier-ignore

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: 'host' },
    sanitize: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

const target = targetOf(options.target);
const out = options.out ?? join(home, 'build', target.architecture + (options.sanitize ? '-sanitize' : ''));
const mode = options.sanitize ? sanitized : release;

function targetOf(name) {
  const host = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  if (process.platform !== 'linux' || host === undefined) {
    fail(`builds on Linux for x86_64 and aarch64, this is ${process.platform} ${process.arch}`);
  }
  if (name === 'host' || name === host) return { architecture: host, compiler: process.env.CC ?? 'cc' };
  if (name === 'aarch64') return { architecture: name, compiler: 'aarch64-linux-gnu-gcc' };
  return fail(`--target is host or aarch64, not ${name}`);
}

/** Compiles and links C files in one go, unless nothing has changed since the last time. */
function build(name, sources, flags) {
  if (sources.length === 0) return;
  const file = join(out, name);
  const command = [...language, ...warnings, ...mode, `-I${join(home, 'abi')}`, ...sources, ...flags];
  const stamp = stampOf(command, sources);
  const stampFile = join(out, `.${name}.stamp`);
  if (!existsSync(file) || !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    mkdirSync(out, { recursive: true });
    // Several test workers may build at the same time: a file appears whole or not at all.
    const draft = join(out, `.${name}.${randomUUID()}`);
    try {
      run(target.compiler, [...command, '-o', draft]);
      renameSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
    writeFileSync(stampFile, stamp);
  }
  process.stdout.write(`${file}\n`);
}

/** Changes with the compiler, the command, and every file of the sources' folders. */
function stampOf(command, sources) {
  const hash = createHash('sha256')
    .update(run(target.compiler, ['--version']))
    .update(command.join('\0'));
  const folders = new Set([join(home, 'abi'), ...sources.map((source) => dirname(source))]);
  for (const folder of folders) {
    for (const file of filesIn(folder, /\.[ch]$/))
      hash.update(relative(home, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesIn(folder, pattern) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(folder, name));
}

function run(program, args) {
  try {
    return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    return fail(error.code === 'ENOENT' ? `there is no ${program} on the PATH` : error.stderr);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

build('hil-npu-run', filesIn(join(home, 'src'), /\.c$/), ['-ldl']);
build('librknn_api.so', filesIn(join(home, 'stand-in'), /\.c$/), [
  '-shared', '-fPIC', '-Wl,-soname,librknn_api.so', '-pthread', '-ldl', '-lm',
]); // prettier-ignore
