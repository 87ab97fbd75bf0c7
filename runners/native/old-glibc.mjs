// Links programs so that they start with glibc 2.17 and everything newer, whatever glibc the compiler brings.
//
// A linker takes the newest version of each symbol that it sees. So it is shown libraries that hold nothing but the names
// below, under the versions that glibc 2.17 gave them: what is not listed does not link. Symbols keep their old versions in
// every later glibc, also those that moved from libdl to libc.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By library; then by version on x86_64. On aarch64 all of glibc began with 2.17. */
const symbols = {
  'libc.so.6': {
    'GLIBC_2.2.5': [
      '__cxa_finalize', '__errno_location', '__libc_start_main', '_exit', 'abort', 'access', 'calloc', 'chdir', 'close',
      'closedir', 'dprintf', 'dup2', 'fchdir', 'fclose', 'fcntl', 'ferror', 'fflush', 'fgets', 'fopen', 'fprintf', 'fputs',
      'free', 'fwrite', 'getenv', 'getpgrp', 'getpid', 'ioctl', 'kill', 'lseek', 'malloc', 'memchr', 'memcmp', 'memset',
      'mkdtemp', 'open', 'opendir', 'poll', 'qsort', 'raise', 'read', 'readdir', 'readlink', 'realloc', 'rmdir', 'setenv',
      'setitimer', 'setpgid', 'setvbuf', 'sigaction', 'signal', 'snprintf', 'stderr', 'stdout', 'strcmp', 'strcspn',
      'strdup', 'strerror', 'strlen', 'strncmp', 'strnlen', 'strrchr', 'strspn', 'strstr', 'strtod', 'strtof', 'strtol',
      'strtoll', 'syscall', 'uname', 'unlink', 'unsetenv', 'vsnprintf', 'writev',
    ],
    'GLIBC_2.4': ['inotify_add_watch', 'openat', 'unlinkat'],
    'GLIBC_2.9': ['inotify_init1'],
    'GLIBC_2.14': ['memcpy'],
    'GLIBC_2.17': ['clock_gettime'],
  },
  'libdl.so.2': { 'GLIBC_2.2.5': ['dlerror', 'dlopen', 'dlsym'] },
}; // prettier-ignore

/** Symbols that are variables; all are pointers. */
const variables = new Set(['stderr', 'stdout']);

/**
 * Makes the libraries of names in a folder.
 *
 * @param {(args: string[]) => string} compile - Runs the target's compiler, gcc or clang.
 * @param {'x86_64' | 'aarch64'} architecture
 * @param {string} folder
 * @returns {{ before: string[], after: string[] }} What the linker is given before and after a program's own files.
 */
export function linkWithOldGlibc(compile, architecture, folder) {
  mkdirSync(folder, { recursive: true });
  const libraries = Object.entries(symbols).map(([library, byVersion]) => {
    const versions =
      architecture === 'aarch64' ? { 'GLIBC_2.17': Object.values(byVersion).flat() } : byVersion;
    const paths = { source: join(folder, `${library}.s`), script: join(folder, `${library}.map`), library: join(folder, library) }; // prettier-ignore
    writeFileSync(paths.source, assembly(Object.values(versions).flat()));
    writeFileSync(paths.script, versionScript(versions));
    const flags = ['-shared', '-nostdlib', `-Wl,-soname,${library}`, `-Wl,--version-script=${paths.script}`];
    compile([...flags, paths.source, '-o', paths.library]);
    return paths.library;
  });
  const startFile = (name) => compile([`-print-file-name=${name}`]).trim();
  return {
    before: ['-pie', '-nostdlib', ...['Scrt1.o', 'crti.o', 'crtbeginS.o'].map(startFile)],
    after: [...libraries, '-lgcc', ...['crtendS.o', 'crtn.o'].map(startFile)],
  };
}

const assembly = (names) =>
  [
    '.data',
    ...names.map(
      (name) => `.globl ${name}\n.type ${name}, %${variables.has(name) ? 'object' : 'function'}\n.size ${name}, 8\n${name}: .zero 8`,
    ),
    '.section .note.GNU-stack, "", %progbits',
    '',
  ].join('\n'); // prettier-ignore

const versionScript = (versions) =>
  Object.entries(versions)
    .map(([version, names]) => `${version} { global: ${names.join('; ')}; };`)
    .join('\n');
