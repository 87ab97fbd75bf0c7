import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadProject, type Project } from '../project/project.ts';

/** A project in a folder of its own, for tests; removed when disposed. */
export interface TemporaryProject extends Disposable {
  readonly root: string;
  readonly project: Project;
  /** Absolute path of one of its files. */
  path(name: string): string;
}

/** @param files - Content by path relative to the root; an empty hil.config.yaml is there unless given. */
export function temporaryProject(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): TemporaryProject {
  const root = mkdtempSync(join(tmpdir(), 'hil-project-'));
  for (const [name, content] of Object.entries({ 'hil.config.yaml': '', ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return {
    root,
    get project() {
      return loadProject(root);
    },
    path: (name) => join(root, name),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
