import type { ImportModule } from '../spec/load-spec-file.ts';

/**
 * Imports a spec in TypeScript in the main process, with Vite's own transform. (Workers import it through Vitest.) Vite
 * is loaded only if there is such a spec.
 */
export const importSpecModule: ImportModule = async (file) => {
  const { runnerImport } = await import('vite');
  const { module } = await runnerImport<{ readonly default?: unknown }>(file, {
    configFile: false,
    logLevel: 'silent',
  });
  return module;
};
