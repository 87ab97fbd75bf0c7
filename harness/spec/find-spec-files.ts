import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { distinctFiles } from './distinct-files.ts';
import { HilError } from '../hil-error.ts';
import { isInside, relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';

/** A path on the command line that cannot be used, or no spec at all. */
export class NoSpecsError extends HilError {
  readonly code = 'HIL_NO_SPECS';
  readonly owner = 'spec';
}

/** What the command line's words mean: paths where something of that name exists, else parts of case names. */
export interface Selection {
  /** Absolute paths of spec files, sorted. */
  readonly files: readonly string[];
  /** Case-insensitive parts of case names; a case must contain one of them, if there are any. */
  readonly nameParts: readonly string[];
}

/**
 * Finds the spec files that `words` choose; without words, all of the project. Excluded specs take part only where a
 * word names their file or a folder at or below the excluded one.
 *
 * @param cwd - Folder that relative words start from.
 * @throws {NoSpecsError}
 */
export async function findSpecFiles(
  project: Project,
  cwd: string,
  words: readonly string[],
): Promise<Selection> {
  const paths: string[] = [];
  const nameParts: string[] = [];
  for (const word of words) {
    const path = resolve(cwd, word);
    if (existsSync(path)) paths.push(path);
    else if (looksLikePath(word)) {
      throw new NoSpecsError(`${word} does not exist in ${cwd}`, {
        hint: 'Check the path; a word without a slash or the ending of a file filters by name.',
      });
    } else nameParts.push(word.toLowerCase());
  }
  for (const path of paths) {
    if (!isInside(project.root, path)) {
      throw new NoSpecsError(`${path} lies outside the project ${project.root}`, {
        hint: 'Start hil in the project that the spec belongs to.',
      });
    }
  }

  const all = await search(project, []);
  const usual = new Set(await search(project, project.config.exclude));
  const excludedBases = project.config.exclude.map((pattern) => globBase(project.root, pattern));
  const namesExcluded = (path: string) => excludedBases.some((base) => isInside(base, path));
  const chosen = all.filter((file) =>
    paths.length === 0
      ? usual.has(file)
      : paths.some((path) => isInside(path, file) && (usual.has(file) || namesExcluded(path))),
  );
  if (chosen.length === 0) {
    const where =
      paths.length === 0
        ? project.root
        : paths.map((path) => relativePath(project.root, path) || '.').join(', ');
    throw new NoSpecsError(`no spec file in ${where} (looked for ${project.config.specs.join(', ')})`, {
      hint: 'Create one with `npx hil init`, or name another folder.',
    });
  }
  return { files: chosen, nameParts };
}

const looksLikePath = (word: string): boolean => /[\\/]|\.hil\.|\.(?:ya?ml|json|[cm]?[jt]s)$/i.test(word);

/** The fixed part of a glob: `specs/showcase/**` starts at `specs/showcase`. */
function globBase(root: string, pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => isDynamicPattern(part));
  return resolve(root, ...(wild === -1 ? parts : parts.slice(0, wild)));
}

async function search(project: Project, exclude: readonly string[]): Promise<string[]> {
  const found = await glob([...project.config.specs], {
    cwd: project.root,
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    expandDirectories: false,
    ignore: ['**/node_modules/**', '**/.git/**', `${project.config.state}/**`, ...exclude],
  });
  return distinctFiles(found);
}
