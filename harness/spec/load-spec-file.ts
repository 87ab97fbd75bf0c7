import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { HilError } from '../hil-error.ts';
import { isInside, relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import type { Case } from './case.ts';
import { withCommandDefaults } from './command-defaults.ts';
import { explainIssues, formatPath, type LocatedProblem } from './explain-issues.ts';
import { type FolderDefaults, folderDefaults, hasPath, mergeDeep } from './folder-defaults.ts';
import { type ParsedDocument, parseTextDocument } from './parse-document.ts';
import { readText } from './read-text.ts';
import { resolveSpec } from './resolve-spec.ts';
import { type Spec, specSchema } from './schema.ts';
import { SpecError, type SpecProblem } from './spec-error.ts';

/** Reads the default export of a `*.hil.ts` file. Supplied by whoever can run TypeScript. */
export type ImportModule = (file: string) => Promise<{ readonly default?: unknown }>;

/**
 * Loads the specs of one file and resolves them to cases; reads no model and no picture.
 *
 * @param file - Absolute path.
 * @throws {SpecError} With every problem of the file, each with its path and, in YAML, its line.
 */
export async function loadSpecFile(
  file: string,
  project: Project,
  importModule: ImportModule,
): Promise<Case[]> {
  const shown = relativePath(project.root, file);
  if (!isInside(project.root, file)) {
    throw new SpecError(shown, [{ path: '', message: `lies outside the project ${project.root}` }], {
      hint: 'Move the spec into the project, or start hil in the project it belongs to.',
    });
  }
  const own = await readDeclarations(file, shown, importModule);
  const defaults = folderDefaults(project.root, dirname(file));
  const specs = own.declarations.map((declaration, index) =>
    validate(declaration, index, own, defaults, shown),
  );
  return specs.flatMap((spec) => resolveSpec(spec, file, project));
}

interface OwnDeclarations {
  readonly declarations: readonly unknown[];
  /** True if the file holds a list of specs: paths then start with the index. */
  readonly several: boolean;
  readonly document?: ParsedDocument | undefined;
}

async function readDeclarations(
  file: string,
  shown: string,
  importModule: ImportModule,
): Promise<OwnDeclarations> {
  const document = file.endsWith('.ts')
    ? { value: await importDefault(file, shown, importModule), lineOf: () => undefined }
    : parseTextDocument(readText(file, shown), shown);
  const { value } = document;
  if (value === undefined || value === null) {
    throw new SpecError(
      shown,
      [{ path: '', message: file.endsWith('.ts') ? 'has no default export' : 'is empty' }],
      { hint: 'Declare a spec there; `npx hil init` writes an example.' },
    );
  }
  const several = Array.isArray(value);
  const declarations: readonly unknown[] = several ? value : [value];
  if (declarations.length === 0) throw new SpecError(shown, [{ path: '', message: 'declares no spec' }]);
  return { declarations, several, document };
}

/** What goes wrong while a module is loaded is its author's to put right: syntax, a wrong import, an error it throws. */
async function importDefault(file: string, shown: string, importModule: ImportModule): Promise<unknown> {
  try {
    return (await withinLoadTime(importModule(file), shown)).default;
  } catch (cause) {
    if (cause instanceof HilError) throw cause;
    throw notLoadable(shown, cause);
  }
}

function notLoadable(shown: string, cause: unknown): SpecError {
  const message = stripVTControlCharacters(cause instanceof Error ? cause.message : String(cause)).trimEnd();
  return new SpecError(shown, [{ path: '', message: `cannot be loaded: ${message}` }], {
    hint: 'Correct the file, or what it imports.',
    cause,
  });
}

const longestLoadMs = 30_000;

/** A module may await for ever; Node would then end the process without a word. */
async function withinLoadTime<T>(loading: Promise<T>, shown: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const problem = `is not loaded after ${longestLoadMs / 1000} s`;
      reject(
        new SpecError(shown, [{ path: '', message: problem }], {
          hint: 'Look for an `await` at its top level, or in what it imports, that never ends.',
        }),
      );
    }, longestLoadMs);
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    clearTimeout(timer);
  }
}

function validate(
  declaration: unknown,
  index: number,
  own: OwnDeclarations,
  defaults: readonly FolderDefaults[],
  shown: string,
): Spec {
  const { merged, result } = readAll();
  if (result.success) return result.data;
  const prefix = own.several ? [index] : [];
  throw new SpecError(shown, explainIssues(result.error.issues, specSchema, merged).map(locate));

  /** What a module exports may run code when it is read. */
  function readAll() {
    try {
      const inherited = defaults.reduce<unknown>(
        (under, layer) => mergeDeep(under, layer.document.value ?? undefined),
        undefined,
      );
      const whole = withCommandDefaults(mergeDeep(inherited, declaration));
      return { merged: whole, result: specSchema.safeParse(whole) };
    } catch (cause) {
      throw notLoadable(shown, cause);
    }
  }

  /** Says in which file the offending value stands: the spec's own, or the defaults it inherits. */
  function locate({ keys, path, message }: LocatedProblem): SpecProblem {
    const origin = hasPath(declaration, keys)
      ? undefined
      : defaults.findLast((layer) => hasPath(layer.document.value, keys));
    if (origin)
      return { path, message: `${message} (inherited from ${origin.file}:${origin.document.lineOf(keys)})` };
    const place = [...prefix, ...keys];
    return { path: formatPath(place), message, line: own.document?.lineOf(place) };
  }
}
