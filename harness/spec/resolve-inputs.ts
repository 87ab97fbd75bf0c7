import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { isInside } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import { distinctFiles } from './distinct-files.ts';
import { globFiles } from './glob-files.ts';
import type { CaseInput } from './case.ts';
import type { Spec } from './schema.ts';
import type { SpecProblem } from './spec-error.ts';

type InputDeclaration = Extract<Extract<Spec['inputs'], readonly unknown[]>[number], object>;

const tensorExtensions = new Set(['.npy', '.npz', '.bin']);

/** Collects problems instead of stopping at the first, so that a person sees them all at once. */
export type Complain = (problem: SpecProblem) => void;

/**
 * Makes a path of a spec absolute and holds it against the project's borders.
 *
 * @returns undefined after a complaint.
 */
export function resolvePath(
  path: string,
  specFile: string,
  project: Project,
  where: string,
  complain: Complain,
): string | undefined {
  const absolute = resolve(dirname(specFile), path);
  const allowed = [project.root, ...project.config.outside.map((folder) => resolve(project.root, folder))];
  if (allowed.some((folder) => isInside(folder, absolute))) return absolute;
  complain({
    path: where,
    message: `is ${path}, which lies outside the project; list its folder under \`outside\` in hil.config.yaml if that is meant`,
  });
  return undefined;
}

/** The same, for a file that must be there. */
export function resolveFile(
  path: string,
  specFile: string,
  project: Project,
  where: string,
  complain: Complain,
): string | undefined {
  const absolute = resolvePath(path, specFile, project, where, complain);
  if (absolute === undefined) return undefined;
  const problem = whyUnreadable(absolute);
  if (problem === undefined) return absolute;
  complain({ path: where, message: `names ${path}, which ${problem}` });
  return undefined;
}

function whyUnreadable(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? undefined : 'is not a file';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT')
      return existsSync(dirname(path)) ? 'does not exist' : `does not exist (nor does its folder)`;
    if (code === 'ELOOP') return 'is a symbolic link that leads back to itself';
    return `cannot be read (${code})`;
  }
}

/** Expands the inputs of a spec to files with unique names. */
export function resolveInputs(
  spec: Spec,
  specFile: string,
  project: Project,
  complain: Complain,
): CaseInput[] {
  const several = Array.isArray(spec.inputs);
  const entries: readonly (string | InputDeclaration)[] = Array.isArray(spec.inputs)
    ? spec.inputs
    : [spec.inputs];
  const found = entries.flatMap((entry, index) => {
    const where = several ? `inputs[${index}]` : 'inputs';
    return typeof entry === 'string'
      ? expand({ file: entry }, where, where)
      : expand(entry, where, `${where}.file`);
  });
  return withUniqueNames(found, complain);

  function expand(declaration: InputDeclaration, where: string, fileWhere: string): FoundInput[] {
    const files = isDynamicPattern(declaration.file)
      ? expandGlob(declaration.file, fileWhere)
      : [resolveFile(declaration.file, specFile, project, fileWhere, complain)].filter(
          (file) => file !== undefined,
        );
    if (declaration.name !== undefined && files.length > 1) {
      complain({
        path: `${where}.name`,
        message: `is one name for the ${files.length} files of ${declaration.file}; leave it out`,
      });
    }
    return files.filter(hasPlainName).flatMap((path) => describeInput(path, declaration, where));

    /** Names go into tables, logs and folders, where a line break or an escape sequence would do harm. */
    function hasPlainName(path: string): boolean {
      const name = declaration.name ?? relative(project.root, path);
      if (!/\p{Cc}/u.test(name)) return true;
      complain({
        path: fileWhere,
        message: `names ${JSON.stringify(name)}, which holds a line break or another control character; rename it`,
      });
      return false;
    }
  }

  function expandGlob(pattern: string, where: string): string[] {
    const base = dirname(specFile);
    if (isAbsolute(pattern)) {
      complain({ path: where, message: `is the absolute glob ${pattern}; write it relative to the spec` });
      return [];
    }
    const { files: whole, broken } = globFiles(pattern, base);
    if (broken.length > 0) {
      const names = broken.map((path) => relative(base, path)).sort();
      complain({
        path: where,
        message: `is the glob ${pattern}, which matches ${nameSome(names)}: symbolic links that lead nowhere; fetch their files, or take the links away`,
      });
    }
    const files = distinctFiles(whole);
    if (whole.length + broken.length === 0) {
      complain({
        path: where,
        message: `is the glob ${pattern}, which matches no file in ${relativeFolder(project.root, base)}`,
      });
    }
    return files.flatMap(
      (file) => resolvePath(relative(base, file), specFile, project, where, complain) ?? [],
    );
  }

  function describeInput(path: string, declaration: InputDeclaration, where: string): FoundInput[] {
    const kind = tensorExtensions.has(extname(path).toLowerCase()) ? 'tensor' : 'picture';
    const raw = extname(path).toLowerCase() === '.bin';
    if (raw && (declaration.dtype === undefined || declaration.shape === undefined)) {
      complain({
        path: where,
        message: `names the raw file ${basename(path)}, so it must also give dtype and shape`,
      });
      return [];
    }
    if (!raw && (declaration.dtype !== undefined || declaration.shape !== undefined)) {
      complain({
        path: where,
        message: `gives dtype or shape, but ${basename(path)} is no raw .bin file and knows its own`,
      });
      return [];
    }
    return [
      {
        explicitName: declaration.name,
        input: {
          path,
          kind,
          member: declaration.member,
          dtype: declaration.dtype,
          shape: declaration.shape,
          softmax: declaration.softmax,
        },
      },
    ];
  }
}

const nameSome = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

interface FoundInput {
  readonly explicitName: string | undefined;
  readonly input: Omit<CaseInput, 'name'>;
}

/**
 * Names inputs by their file's stem; where stems collide, by as much of the path as tells them apart. Two inputs that
 * still have one name, or the same explicit name, are an error.
 */
function withUniqueNames(found: readonly FoundInput[], complain: Complain): CaseInput[] {
  const stem = (path: string) => basename(path, extname(path));
  const folder = commonFolder(found.map(({ input }) => input.path));
  const long = (path: string) => relative(folder, path).split(sep).join('/');
  const stems = countBy(found.map(({ input }) => stem(input.path)));
  const longs = countBy(
    found.map(({ input }) => long(input.path).slice(0, -extname(input.path).length || undefined)),
  );
  const named = found.map(({ explicitName, input }) => {
    const longName = long(input.path);
    const withoutExtension = longName.slice(0, -extname(input.path).length || undefined);
    const name =
      explicitName ??
      (stems.get(stem(input.path)) === 1
        ? stem(input.path)
        : longs.get(withoutExtension) === 1
          ? withoutExtension
          : longName);
    return { ...input, name };
  });
  for (const [name, count] of countBy(named.map((input) => input.name))) {
    if (count > 1) {
      const files = named.filter((input) => input.name === name).map((input) => long(input.path));
      complain({
        path: 'inputs',
        message: `has ${count} cases named "${name}" (${files.join(', ')}); give each a name of its own`,
      });
    }
  }
  return named;
}

function commonFolder(paths: readonly string[]): string {
  const [parts = [], ...rest] = paths.map((path) => dirname(path).split(sep));
  for (const other of rest) {
    let same = 0;
    while (same < parts.length && parts[same] === other[same]) same++;
    parts.length = same;
  }
  return parts.join(sep) || sep;
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const relativeFolder = (root: string, folder: string) => relative(root, folder).split(sep).join('/') || '.';
