import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { explainIssues } from '../spec/explain-issues.ts';
import { parseTextDocument } from '../spec/parse-document.ts';
import { readText } from '../spec/read-text.ts';
import { SpecError } from '../spec/spec-error.ts';
import { type Config, configSchema } from './config.ts';

export const configFileName = 'hil.config.yaml';

/** A folder with specs, its config, and where things are in it. All paths absolute. */
export interface Project {
  readonly root: string;
  readonly config: Config;
  readonly goldenFolder: string;
  readonly stateFolder: string;
}

/**
 * Finds the project that a folder belongs to: the nearest parent with hil.config.yaml, else with package.json or .git,
 * else the folder itself.
 */
export function findProjectRoot(from: string): string {
  for (const markers of [[configFileName], ['package.json', '.git']]) {
    for (let folder = resolve(from); ; folder = dirname(folder)) {
      if (markers.some((marker) => existsSync(join(folder, marker)))) return folder;
      if (dirname(folder) === folder) break;
    }
  }
  return resolve(from);
}

/** @throws {SpecError} If hil.config.yaml is there but wrong. */
export function loadProject(from: string): Project {
  const root = findProjectRoot(from);
  const config = loadConfig(root);
  return {
    root,
    config,
    goldenFolder: resolve(root, config.golden),
    stateFolder: resolve(root, config.state),
  };
}

/** Where the project's history is: a URL, or the path of a file. */
export const historyUrl = ({ config, stateFolder }: Project): string =>
  config.history ?? join(stateFolder, 'history.sqlite');

function loadConfig(root: string): Config {
  const path = join(root, configFileName);
  if (!existsSync(path)) return configSchema.parse({});
  const document = parseTextDocument(readText(path, configFileName), configFileName);
  const value = document.value ?? {};
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = explainIssues(result.error.issues, configSchema, value).map(
    ({ keys, path: place, message }) => ({
      path: place,
      message,
      line: document.lineOf(keys),
    }),
  );
  throw new SpecError(configFileName, problems, {
    hint: 'Correct the file; docs/spec-reference.md lists every key.',
  });
}
