import { readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { packageFolder } from './harness-version.ts';

/** Folders that may import from each folder, besides itself; the longest prefix of a file's path counts. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  harness: [],
  runners: ['harness'],
  reports: ['harness'],
  // These two wire the concrete parts together.
  'harness/vitest': ['harness', 'runners'],
  'harness/cli': ['harness', 'harness/vitest', 'runners', 'reports'],
};

/** The one folder that knows a library. */
const homes: Readonly<Record<string, string>> = {
  ssh2: 'runners',
  'ssh-config': 'runners/ssh',
  'better-sqlite3': 'harness/store/history',
  kysely: 'harness/store/history',
  pg: 'harness/store/history',
  testcontainers: 'runners/virtual/container',
  sharp: 'harness/input',
  'onnxruntime-node': 'harness/reference',
  allure: 'reports/allure',
  'allure-js-commons': 'reports/allure',
  commander: 'harness/cli',
  vitest: 'harness/vitest',
};

/** What only tests import: the tests that every implementation of a port must pass, and what they stand on. */
const testSupport = new Set([
  'runners/runner-contract.ts',
  'runners/faults/rig.ts',
  'runners/faults/stand-in-rig.ts',
  'runners/native/runner-under-test.ts',
  'runners/virtual/container/container-runner-trial.ts',
  'runners/native/stand-in/demo-bench.ts',
  'runners/ssh/real-server/board-with-stand-in.ts',
  'harness/store/history/record-store-contract.ts',
]);

const folders = Object.keys(neighbours).sort((a, b) => b.length - a.length);
const folderOf = (path: string) => folders.find((folder) => path.startsWith(`${folder}/`));

/** Everything that a source imports, also for its types only. */
const importsOf = (source: string): string[] =>
  [...source.matchAll(/\b(?:from|import)\s*\(?\s*'([^'\n]+)'/g)].map(([, specifier]) => specifier!);

/** @param file - Relative to the package's folder. */
function violationsIn(file: string, source: string): string[] {
  const own = folderOf(file);
  return importsOf(source).flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      const target = folderOf(posix.join(dirname(file), specifier));
      const allowed = target === own || (target !== undefined && neighbours[own ?? '']?.includes(target));
      return allowed ? [] : [`${file} imports ${specifier}`];
    }
    const library = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const home = homes[library];
    return home === undefined || file.startsWith(`${home}/`)
      ? []
      : [`${file} imports ${specifier}, which belongs to ${home}`];
  });
}

test('imports point inward, and each library has one home', () => {
  const files = globSync('{harness,runners,reports}/**/*.ts', {
    cwd: packageFolder,
    ignore: ['**/*.test.ts', '**/*.bench.ts'],
  }).filter((file) => !testSupport.has(file));

  const violations = files.flatMap((file) =>
    violationsIn(file, readFileSync(`${packageFolder}/${file}`, 'utf8')),
  );

  expect(files.length).toBeGreaterThan(100);
  expect(violations).toEqual([]);
});

test.each([
  ['harness/pipeline/a.ts', "import { b } from '../../runners/ssh/b.ts';"],
  ['harness/pipeline/a.ts', "import type { B } from '../../reports/console/b.ts';"],
  ['harness/pipeline/a.ts', "import {\n  b,\n} from '../vitest/b.ts';"],
  ['harness/pipeline/a.ts', "export { b } from '../cli/b.ts';"],
  ['harness/pipeline/a.ts', "const { b } = await import('../cli/b.ts');"],
  ['harness/pipeline/a.ts', "import '../../specs/b.ts';"],
  ['harness/vitest/a.ts', "import { b } from '../cli/b.ts';"],
  ['harness/vitest/a.ts', "import { b } from '../../reports/b.ts';"],
  ['runners/ssh/a.ts', "import { b } from '../../reports/b.ts';"],
  ['reports/junit/a.ts', "import { b } from '../../runners/b.ts';"],
  ['harness/board/a.ts', "import { Client } from 'ssh2';"],
  ['reports/console/a.ts', "import { Status } from 'allure-js-commons/sdk';"],
  ['harness/pipeline/a.ts', "import type { Reporter } from 'vitest/node';"],
  ['harness/spec/a.ts', "const sharp = await import('sharp');"],
])('%s must not say: %s', (file, source) => {
  expect(violationsIn(file, source)).toHaveLength(1);
});

test.each([
  ['harness/pipeline/a.ts', "import { b } from '../board/b.ts';"],
  ['runners/ssh/a.ts', "import { Client } from 'ssh2';\nimport { b } from '../../harness/board/b.ts';"],
  ['harness/cli/commands/a.ts', "await import('../../../reports/allure/b.ts');"],
  ['harness/vitest/a.ts', "import { test } from 'vitest';\nimport { b } from '../../runners/b.ts';"],
  ['harness/spec/a.ts', "import { z } from 'zod';"],
])('%s may say: %s', (file, source) => {
  expect(violationsIn(file, source)).toEqual([]);
});
