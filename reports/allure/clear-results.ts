import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ours =
  /(-result\.json|-container\.json|-globals\.json|-attachment(\.[^.]*)?)$|^(environment\.properties|categories\.json|executor\.json)$|^\.allure-write-.*\.tmp$/;

/**
 * Takes the results of an earlier run out of a folder, because Allure would show them as retries of this one. Files that
 * are not Allure's stay.
 */
export async function clearResults(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(
    names.filter((name) => ours.test(name)).map((name) => rm(join(folder, name), { force: true })),
  );
}
