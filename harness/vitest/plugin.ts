/// <reference types="vitest/config" />
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { RunLog } from '../pipeline/run-log.ts';
import type { Reporter } from '../pipeline/reporter.ts';
import { packageFolder } from '../harness-version.ts';
import { isInside } from '../project/path-in-project.ts';
import { loadProject } from '../project/project.ts';
import { type PreparedRun, prepareRun, type RunChoices } from './prepare-run.ts';
import { ownRelayReporter } from './relay-reporter.ts';
import { runBroker } from './run-broker.ts';

/** Spec files, as Vitest's `include` wants them. */
export const specGlob = '**/*.hil.{yaml,yml,json,ts}';

const specFile = /\.hil\.(ya?ml|json|ts)$/;
/** Vite would read .yaml and .json in its own way; the module that stands for a spec has a name of its own. */
const wrapperSuffix = '.test.mjs';
const wrapperFile = /\.hil\.(ya?ml|json|ts)\.test\.mjs$/;

export interface HilPluginOptions {
  /** A run that `hil run` has prepared and reports on; the plugin prepares one and reports itself otherwise. */
  readonly run?: { readonly prepared: PreparedRun; readonly broker: string };
  readonly choices?: RunChoices;
  readonly reporters?: readonly Reporter[];
}

/**
 * Makes spec files test files, one test per case:
 *
 *     export default defineConfig({ plugins: [hil()], test: { include: ['specs/**\/*.hil.yaml'] } });
 *
 * Workers must be processes (`pool: 'forks'`), so that a crash in native code costs one case, and should be shared by
 * files (`isolate: false`), so that board sessions stay open from file to file.
 */
export function hil(options: HilPluginOptions = {}): Plugin {
  const builtFolder = join(packageFolder, 'dist/');
  const runtime = import.meta.url.endsWith('.ts')
    ? fileURLToPath(new URL('./run-spec-file.ts', import.meta.url))
    : join(builtFolder, 'harness', 'vitest', 'run-spec-file.js');
  let root = '';
  return {
    name: 'hil',
    enforce: 'pre',
    configureVitest({ vitest, project }) {
      if (options.run) {
        const { prepared, broker } = options.run;
        project.provide('hil', { ...prepared.settings, broker });
        return;
      }
      const hilProject = loadProject(vitest.config.root);
      const run = prepareRun(hilProject, options.choices ?? {});
      const log = new RunLog(run.plan, options.reporters ?? []);
      const broker = runBroker(hilProject, log);
      project.provide('hil', { ...run.settings, broker: broker.path });
      vitest.config.reporters.push(ownRelayReporter(log, broker));
      vitest.onClose(() => broker[Symbol.asyncDispose]());
    },
    // Built code is imported as it is. In a project's node_modules Vitest does so anyway; here it would transform it file by
    // file, which takes seconds.
    config: () => ({
      test: { server: { deps: { external: [new RegExp(`^${escapeRegExp(builtFolder)}`)] } } },
    }),
    configResolved(config) {
      root = config.root;
    },
    resolveId(source, importer) {
      if (wrapperFile.test(source))
        return absolutePath(source.slice(0, -wrapperSuffix.length), root) + wrapperSuffix;
      if (!specFile.test(source) || importer?.endsWith(wrapperSuffix) === true) return undefined;
      return absolutePath(source, root) + wrapperSuffix;
    },
    load(id) {
      if (!wrapperFile.test(id)) return undefined;
      const file = id.slice(0, -wrapperSuffix.length);
      this.addWatchFile(file);
      const importer = file.endsWith('.ts') ? `() => import(${JSON.stringify(file)})` : 'undefined';
      return `import { runSpecFile } from ${JSON.stringify(runtime)};\nawait runSpecFile(${JSON.stringify(file)}, ${importer});\n`;
    },
  };
}

/** Vitest names files inside the root as URLs, `/specs/a.hil.yaml`, and others by their path. */
const absolutePath = (source: string, root: string): string =>
  isInside(root, source) ? source : existsSync(join(root, source)) ? join(root, source) : source;

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
