import type { ImportModule } from '../spec/load-spec-file.ts';

/**
 * Imports a spec in TypeScript in the main process, with Vite's own transform. (Workers import it through Vitest.) Vite
 * is loaded only if there is such a spec. What the module prints goes to standard error: results are read from standard
 * output.
 */
export const importSpecModule: ImportModule = async (file) => {
  const { runnerImport } = await import('vite');
  const { log, info, debug, error } = console;
  Object.assign(console, { log: error, info: error, debug: error });
  try {
    const { module } = await runnerImport<{ readonly default?: unknown }>(file, {
      configFile: false,
      logLevel: 'silent',
    });
    return module;
  } finally {
    Object.assign(console, { log, info, debug });
  }
};
