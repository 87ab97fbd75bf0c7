// Builds the project's C. Plain Node, so that it needs no make.
//
//   node runners/native/build.mjs [--target host|aarch64] [--sanitize] [--out FOLDER]
//     hil-npu-run, and the stand-in librknn_api.so, into runners/native/build/<architecture>[-sanitize]/
//   node runners/native/build.mjs --stand-in [--target host|aarch64] [--sanitize] [--out FOLDER]
//     only the stand-in librknn_api.so
//   node runners/native/build.mjs --tests [--sanitize]
//     the library that the runner's tests play the vendor with, for this machine
//   node runners/native/build.mjs --fuzz
//     a libFuzzer program around the frame parser, for this machine; needs clang
//   node runners/native/build.mjs --prebuilt
//     hil-npu-run and librknn_api.so for both architectures into runners/native/prebuilt/, with their hashes
//   node runners/native/build.mjs --source-hash
//     prints the hash of the runner's sources, which a built runner shows under --version; with --stand-in that of the
//     library's, which is text in its file
//
// What is up to date is left alone. Prints the path of every file it stands for, one per line.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { linkWithOldGlibc } from './old-glibc.mjs';

const home = dirname(fileURLToPath(import.meta.url));
const sourcesOf = (folder) => filesIn(join(home, folder), /\.c$/);

const warnings = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Wstrict-prototypes', '-Wmissing-prototypes', '-Werror']; // prettier-ignore
const language = ['-std=c11', '-D_GNU_SOURCE', '-fvisibility=hidden', `-I${join(home, 'abi')}`];
// Protection against overflows needs symbols of the loader; the sanitizers look for them instead.
const release = [
  '-O2', '-g0', '-fno-ident', '-fno-stack-protector', '-U_FORTIFY_SOURCE', `-ffile-prefix-map=${home}/=`,
  '-Wl,--build-id=none', '-Wl,-s', '-Wl,-z,relro,-z,now',
]; // prettier-ignore
const sanitized = [
  '-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all',
]; // prettier-ignore
const shared = (name) => ['-shared', '-fPIC', `-Wl,-soname,${name}`, '-pthread', '-ldl', '-lm'];

/** @returns {{ architecture: 'x86_64' | 'aarch64', compiler: string }} */
function targetOf(name) {
  const host = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  if (process.platform !== 'linux' || host === undefined) {
    throw new Error(`builds on Linux for x86_64 and aarch64, this is ${process.platform} ${process.arch}`);
  }
  if (name === 'host' || name === host) return { architecture: host, compiler: process.env.CC ?? 'cc' };
  if (name === 'aarch64' || name === 'x86_64')
    return { architecture: name, compiler: `${name}-linux-gnu-gcc` };
  throw new Error(`--target is host or aarch64, not ${name}`);
}

function buildRunner(target, out, sanitize) {
  const defines = [`-DRUNNER_BUILD="${sourceHash()}"`];
  const sources = sourcesOf('src');
  if (sanitize) {
    const flags = [...sanitized, ...defines, '-DRUNNER_CHECKS_LEAKS'];
    return compile(target.compiler, join(out, 'hil-npu-run'), sources, flags, ['-ldl']);
  }
  return compile(
    target.compiler,
    join(out, 'hil-npu-run'),
    sources,
    [...release, '-fPIE', ...defines],
    (draft) => linkWithOldGlibc((args) => run(target.compiler, args), target.architecture, `${draft}-glibc`),
  );
}

/** Needs nothing but libc, where the locks are also in old releases; its symbols are older than glibc 2.17. */
function buildStandIn(target, out, sanitize) {
  const name = 'librknn_api.so';
  const flags = [...(sanitize ? sanitized : release), `-DSTAND_IN_BUILD="${sourceHash('stand-in')}"`];
  const link = ['-shared', '-fPIC', `-Wl,-soname,${name}`];
  return compile(target.compiler, join(out, name), sourcesOf('stand-in'), flags, link);
}

/**
 * Compiles and links C files in one go, unless nothing has changed since the last time.
 *
 * @param link - What the linker is given after the program's own files; or a function that makes it, and what comes before.
 */
function compile(compiler, file, sources, flags, link) {
  const command = [...language, ...warnings, ...flags, ...sources];
  const stamp = stampOf(compiler, typeof link === 'function' ? command : [...command, ...link], sources);
  const stampFile = join(dirname(file), `.${basename(file)}.stamp`);
  if (existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return file;

  mkdirSync(dirname(file), { recursive: true });
  // Several test workers may build at the same time: a file appears whole or not at all.
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    const { before, after } = typeof link === 'function' ? link(draft) : { before: [], after: link };
    run(compiler, [...before, ...command, ...after, '-o', draft]);
    renameSync(draft, file);
    writeFileSync(`${draft}-stamp`, stamp);
    renameSync(`${draft}-stamp`, stampFile);
  } finally {
    rmSync(draft, { force: true });
    rmSync(`${draft}-glibc`, { recursive: true, force: true });
  }
  return file;
}

/** Changes with the compiler, the command, and every file in the sources' folders. */
function stampOf(compiler, command, sources) {
  const folders = [join(home, 'abi'), ...new Set(sources.map((source) => dirname(source)))];
  const inputs = [...folders.flatMap((folder) => filesIn(folder, /\.[ch]$/)), join(home, 'old-glibc.mjs')];
  return hashOf(inputs, [run(compiler, ['--version']), ...command]);
}

/** What a shipped file is made of: a file with this hash in it is the one that these sources give. */
function sourceHash(sources = 'src') {
  const folders = [join(home, 'abi'), join(home, sources)];
  const inputs = [...folders.flatMap((folder) => filesIn(folder, /\.[ch]$/)), join(home, 'old-glibc.mjs')];
  return hashOf(
    inputs,
    release.filter((flag) => !flag.includes(home)),
  );
}

function hashOf(files, texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  for (const file of files)
    hash.update(relative(home, file)).update('\0').update(readFileSync(file)).update('\0');
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
    throw new Error(error.code === 'ENOENT' ? `there is no ${program} on the PATH` : error.stderr, {
      cause: error,
    });
  }
}

function buildPrebuilt() {
  const folder = join(home, 'prebuilt');
  const files = ['aarch64', 'x86_64'].flatMap((architecture) => {
    const target = targetOf(architecture);
    const out = join(home, 'build', architecture);
    return [buildRunner(target, out, false), buildStandIn(target, out, false)].map((built) => {
      const file = join(folder, architecture, basename(built));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, readFileSync(built), { mode: 0o755 });
      return file;
    });
  });
  const sum = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
  const sums = files.map((file) => `${sum(file)}  ${relative(folder, file)}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return [...files, join(folder, 'SHA256SUMS')];
}

function buildFuzzer(out) {
  const sources = [...sourcesOf('fuzz'), ...sourcesOf('src').filter((file) => /\/(crc32|frame-parser|json|refusal|request|utf8|dump-file)\.c$/.test(file))]; // prettier-ignore
  const flags = ['-O1', '-g', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all', `-I${join(home, 'src')}`]; // prettier-ignore
  return compile('clang', join(out, 'fuzz-frames'), sources, flags, []);
}

function main() {
  const { values: options } = parseArgs({
    options: {
      target: { type: 'string', default: 'host' },
      sanitize: { type: 'boolean', default: false },
      out: { type: 'string' },
      tests: { type: 'boolean', default: false },
      fuzz: { type: 'boolean', default: false },
      prebuilt: { type: 'boolean', default: false },
      'stand-in': { type: 'boolean', default: false },
      'source-hash': { type: 'boolean', default: false },
    },
  });
  if (options['source-hash']) return [sourceHash(options['stand-in'] ? 'stand-in' : 'src')];
  if (options.prebuilt) return buildPrebuilt();

  const target = targetOf(options.target);
  const out = options.out ?? join(home, 'build', target.architecture + (options.sanitize ? '-sanitize' : ''));
  if (options.fuzz) return [buildFuzzer(out)];
  const mode = options.sanitize ? sanitized : release;
  if (options.tests) {
    const name = 'libtest_vendor.so';
    return [compile(target.compiler, join(out, name), sourcesOf('test-library'), mode, shared(name))];
  }
  const standIn = buildStandIn(target, out, options.sanitize);
  return options['stand-in'] ? [standIn] : [buildRunner(target, out, options.sanitize), standIn];
}

try {
  process.stdout.write(`${main().join('\n')}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
