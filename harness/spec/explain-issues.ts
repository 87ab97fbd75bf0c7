import type { z } from 'zod';
import { nearestKey } from './nearest-key.ts';
import type { SpecProblem } from './spec-error.ts';

type Issue = z.core.$ZodIssue;
type Key = PropertyKey;

/** A problem that knows which value it is about. */
export interface LocatedProblem extends SpecProblem {
  /** Path of the value as keys; for an unknown key, the path of the key itself. */
  readonly keys: readonly PropertyKey[];
}

/**
 * Turns the schema library's findings into problems a person can act on: the path as written in the file, what was
 * found, what was expected, and for an unknown key the nearest known one.
 */
export function explainIssues(issues: readonly Issue[], schema: z.ZodType, value: unknown): LocatedProblem[] {
  return issues
    .flatMap((issue) => explain(issue, [], value))
    .map(({ path, message }) => ({ keys: path, path: formatPath(path), message }));

  function explain(issue: Issue, prefix: readonly Key[], root: unknown): Finding[] {
    const path = [...prefix, ...issue.path];
    const found = withoutSecret(valueAt(root, path), path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: unknownKey(key, knownKeys(schema, path, found)),
        }));
      case 'invalid_union':
        return explainUnion(issue, path, root, found);
      case 'invalid_type': {
        return [{ path, message: mismatch(found, describeExpectation(issue), []) }];
      }
      case 'invalid_value': {
        const message = mismatch(found, describeExpectation(issue), issue.values.map(String));
        return [{ path, message }];
      }
      case 'too_small':
        return [
          {
            path,
            message: `is ${show(found)}, but must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${sizeUnit(issue.origin)}`,
          },
        ];
      case 'too_big':
        return [
          {
            path,
            message: `is ${show(found)}, but must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${sizeUnit(issue.origin)}`,
          },
        ];
      default:
        return [{ path, message: mismatch(found, issue.message, []) }];
    }
  }

  /** Of a union's branches the one that got furthest into the value is the one that was meant. */
  function explainUnion(
    issue: Extract<Issue, { code: 'invalid_union' }>,
    path: readonly Key[],
    root: unknown,
    found: unknown,
  ): Finding[] {
    if ('options' in issue && issue.options) {
      const wanted = `one of ${issue.options.map(String).join(', ')}`;
      return [{ path, message: mismatch(found, wanted, issue.options.map(String)) }];
    }
    const branches = issue.errors.filter((branch) => branch.length > 0);
    const deep = branches.filter((branch) => branch.every((inner) => !isTypeMismatchHere(inner)));
    if (deep.length > 0) {
      const best = deep.reduce((a, b) => (rank(b) < rank(a) ? b : a));
      return best.flatMap((inner) => explain(inner, path, root));
    }
    const mismatches = branches.flat().flatMap(innermost);
    const wanted = alternatives(mismatches.map(describeExpectation));
    const choices = mismatches.flatMap((inner) =>
      inner.code === 'invalid_value' ? inner.values.map(String) : [],
    );
    return [{ path, message: mismatch(found, wanted, choices) }];
  }
}

/** What the branches of unions inside unions expected. */
const innermost = (issue: Issue): Issue[] =>
  issue.code === 'invalid_union' ? issue.errors.flat().flatMap(innermost) : [issue];

const mismatch = (found: unknown, wanted: string, choices: readonly string[]): string =>
  found === undefined
    ? `is missing: ${wanted} is needed`
    : `is ${show(found)}, but must be ${wanted}${suggestion(found, choices)}`;

function suggestion(found: unknown, choices: readonly string[]): string {
  const near = typeof found === 'string' ? nearestKey(found, choices) : undefined;
  return near === undefined ? '' : `; did you mean ${near}?`;
}

interface Finding {
  readonly path: readonly Key[];
  readonly message: string;
}

/** The value itself is of another kind than the branch expects, rather than wrong somewhere inside. */
const isTypeMismatchHere = (issue: Issue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' ||
    issue.code === 'invalid_value' ||
    issue.code === 'invalid_format' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isTypeMismatchHere))));

/** Fewer findings first; among equals, an unknown key counts more than a missing one. */
const rank = (branch: readonly Issue[]) =>
  branch.length - (branch.some((issue) => issue.code === 'unrecognized_keys') ? 0.5 : 0);

const describeExpectation = (issue: Issue): string =>
  issue.code === 'invalid_type'
    ? issue.message.startsWith('Invalid input')
      ? expectedType(issue.expected)
      : issue.message
    : issue.code === 'invalid_value'
      ? issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`
      : issue.message;

const alternatives = (wanted: readonly string[]) => [...new Set(wanted)].join(', or ');

const sizeUnit = (origin: string) =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearestKey(key, known);
  return near ? `is unknown; did you mean ${near}?` : `is unknown; known here: ${known.join(', ')}`;
}

/** Keys that the schema knows at a path: of all alternatives that are objects there. */
function knownKeys(schema: z.ZodType, path: readonly Key[], found: unknown): string[] {
  let candidates: z.core.$ZodType[] = [schema];
  for (const key of path)
    candidates = candidates.flatMap(unwrap).flatMap((candidate) => step(candidate, key));
  const shapes = candidates
    .flatMap(unwrap)
    .filter((candidate) => isOfKind(candidate, found))
    .flatMap((candidate) => (isObject(candidate) ? [Object.keys(candidate._zod.def.shape)] : []));
  const present = new Set(found !== null && typeof found === 'object' ? Object.keys(found) : []);
  return [...new Set(shapes.flat())].filter((key) => !present.has(key));
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; options?: readonly z.core.$ZodType[] };
  if (def.innerType) return unwrap(def.innerType);
  if (def.options) return def.options.flatMap(unwrap);
  return [schema];
}

function step(schema: z.core.$ZodType, key: Key): z.core.$ZodType[] {
  const def = schema._zod.def as { element?: z.core.$ZodType; valueType?: z.core.$ZodType };
  if (isObject(schema)) {
    const next = schema._zod.def.shape[String(key)];
    return next ? [next] : [];
  }
  return [def.element, def.valueType].filter((next) => next !== undefined);
}

const isObject = (schema: z.core.$ZodType): schema is z.core.$ZodObject => schema._zod.def.type === 'object';

/** False for an alternative that is for maps of another `kind` than the one found. */
function isOfKind(schema: z.core.$ZodType, found: unknown): boolean {
  const kind = isObject(schema) ? schema._zod.def.shape['kind']?._zod.values : undefined;
  const own = valueAt(found, ['kind']) as z.core.util.Primitive;
  return kind === undefined || own === undefined || kind.has(own);
}

function valueAt(value: unknown, path: readonly Key[]): unknown {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<Key, unknown>)[key];
  }
  return current;
}

/** `inputs[0].file`, `preprocess.mean`. */
export function formatPath(path: readonly Key[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : /^[\w$-]+$/.test(String(key))
          ? `${text}${text === '' ? '' : '.'}${String(key)}`
          : `${text}["${String(key)}"]`,
    '',
  );
}

/** Stands for a secret that somebody wrote into the file: it must not get into a log as well. */
const secretText = Symbol('secret');

const withoutSecret = (value: unknown, path: readonly Key[]): unknown =>
  typeof value === 'string' && path.some((key) => key === 'password' || key === 'passphrase')
    ? secretText
    : value;

/** Control characters as JSON writes them, to be seen instead of obeyed. */
const visible = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

function show(value: unknown): string {
  if (value === secretText) return 'text (not shown)';
  if (value === null) return 'empty';
  if (typeof value === 'string')
    return `"${visible(value.length > 60 ? `${value.slice(0, 57)}...` : value)}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const expectedType = (type: string) => typeNames[type] ?? type;
