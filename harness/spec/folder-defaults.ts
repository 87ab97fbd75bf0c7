import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { relativePath } from '../project/path-in-project.ts';
import { type ParsedDocument, parseTextDocument } from './parse-document.ts';
import { readText } from './read-text.ts';
import { SpecError } from './spec-error.ts';

export const defaultsFileName = 'hil.defaults.yaml';

/** Values that specs of a folder and its subfolders inherit. */
export interface FolderDefaults {
  /** Relative to the project's root. */
  readonly file: string;
  readonly document: ParsedDocument;
}

/** The defaults that apply in a folder, outermost first. */
export function folderDefaults(root: string, folder: string): FolderDefaults[] {
  const chain: FolderDefaults[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, defaultsFileName);
    if (existsSync(path)) chain.unshift(readDefaults(root, path));
    if (at === root || dirname(at) === at) return chain;
  }
}

function readDefaults(root: string, path: string): FolderDefaults {
  const file = relativePath(root, path);
  const document = parseTextDocument(readText(path, file), file);
  if (document.value !== null && (typeof document.value !== 'object' || Array.isArray(document.value))) {
    throw new SpecError(file, [{ path: '', message: 'must be a map of spec keys to their defaults' }]);
  }
  return { file, document };
}

/** Lays `over` on `under`: maps are merged key by key, everything else is replaced. */
export function mergeDeep(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isMap(under) || !isMap(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) merged[key] = mergeDeep(under[key], value);
  return merged;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Whether a value is set at a path. */
export function hasPath(value: unknown, path: readonly PropertyKey[]): boolean {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, key)) return false;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return true;
}
