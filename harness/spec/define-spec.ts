import type { SpecDeclaration } from './schema.ts';

/**
 * Declares specs in a `*.hil.ts` file with the editor's help: `export default defineSpec({ ... })`.
 *
 * @param spec - One spec, or several that share a file. Relative paths start at the file's folder.
 */
export function defineSpec<const S extends SpecDeclaration | readonly SpecDeclaration[]>(spec: S): S {
  return spec;
}
