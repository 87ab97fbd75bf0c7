import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const resultSchema = z.object({
  testCaseId: z.string(),
  labels: z.array(z.object({ name: z.string(), value: z.string() })),
  links: z.array(z.object({ url: z.string(), name: z.string().optional(), type: z.string().optional() })),
});

/** What the report's configuration depends on in a result file. */
export type ReadResult = z.infer<typeof resultSchema>;

/** Reads the results of these folders. A result of somebody else's, that lacks what ours have, is left out. */
export async function readResults(folders: readonly string[]): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (!name.endsWith('-result.json')) continue;
      const parsed = resultSchema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      if (parsed.success) results.push(parsed.data);
    }
  }
  return results;
}
