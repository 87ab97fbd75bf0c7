import { readFile, writeFile } from 'node:fs/promises';
import { jsonSchemaOf } from '../harness/cli/commands/schema.ts';
import { specReference } from './spec-reference.ts';

/** A committed file that is made from the code. */
export interface GeneratedFile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly content: string;
}

export const generatedFiles = (): GeneratedFile[] => [
  { path: 'docs/spec-reference.md', content: specReference() },
  { path: 'schema/spec.schema.json', content: schemaText('spec') },
  { path: 'schema/config.schema.json', content: schemaText('config') },
];

const schemaText = (what: 'spec' | 'config') => `${JSON.stringify(jsonSchemaOf(what), undefined, 2)}\n`;

/** Writes what has changed, and says so. */
export async function writeGeneratedFiles(): Promise<void> {
  for (const { path, content } of generatedFiles()) {
    const file = new URL(`../${path}`, import.meta.url);
    const committed = await readFile(file, 'utf8').catch(() => undefined);
    if (committed !== content) await writeFile(file, content);
    console.log(`${committed === content ? 'kept ' : 'wrote'}  ${path}`);
  }
}
