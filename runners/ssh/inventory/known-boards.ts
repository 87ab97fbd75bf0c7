import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, parseDocument } from 'yaml';
import { z } from 'zod';
import { explainIssues } from '../../../harness/spec/explain-issues.ts';
import { parseTextDocument } from '../../../harness/spec/parse-document.ts';
import { SpecError } from '../../../harness/spec/spec-error.ts';

export const knownBoardsFileName = 'hil.known-boards.yaml';

const header = ` Host keys of boards and jump hosts, as \`hil board trust\` pins them. Keep this file under version control: a key that
 changes without anybody having flashed the board is news.`;

const pins = z.record(
  z.string(),
  z.array(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'a fingerprint such as SHA256:…')),
);
const schema = z.strictObject({ boards: pins.default({}), jump: pins.default({}) });

/** Whose key is pinned: a board by its name, or a jump host by `host:port` as the config reaches it. */
export interface PinOwner {
  readonly kind: 'boards' | 'jump';
  readonly name: string;
}

export type KnownBoards = z.infer<typeof schema>;

/** @throws {SpecError} If the file is there but wrong. */
export function readKnownBoards(root: string): KnownBoards {
  const path = join(root, knownBoardsFileName);
  if (!existsSync(path)) return { boards: {}, jump: {} };
  const document = parseTextDocument(readFileSync(path, 'utf8'), knownBoardsFileName);
  const value = document.value ?? {};
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = explainIssues(result.error.issues, schema, value).map(
    ({ keys, path: place, message }) => ({
      path: place,
      message,
      line: document.lineOf(keys),
    }),
  );
  throw new SpecError(knownBoardsFileName, problems, {
    hint: 'Put it right by hand, or delete the board’s entry and run `npx hil board trust` again.',
  });
}

/** Replaces the keys of one board or jump host; everything else in the file stays as it is, comments too. */
export function pinHostKeys(root: string, { kind, name }: PinOwner, fingerprints: readonly string[]): void {
  const path = join(root, knownBoardsFileName);
  const present = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : '');
  const document: Document = isMap(present.contents) ? present : new Document({});
  if (document !== present) document.commentBefore = header;
  document.setIn([kind, name], document.createNode([...fingerprints]));
  writeFileSync(path, document.toString({ lineWidth: 0 }));
}
