import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageFolder } from '../../harness/harness-version.ts';
import { measureSqueezeNet } from './measure.ts';
import { pictureTable, summaryTable } from './report.ts';

const data = resolve(packageFolder, '../shared/data');
const page = resolve(packageFolder, 'docs/real-rknn-files.md');

/** Measures, and puts the tables into the page between their marks. @throws {Error} If the pictures are not there. */
export async function writeTables(): Promise<void> {
  if (!existsSync(data)) throw new Error('../shared/data, which is not part of the repository, is absent');
  const measured = await measureSqueezeNet(data);
  const tables = { summary: summaryTable(measured), pictures: pictureTable(measured) };
  let text = readFileSync(page, 'utf8');
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!place.test(text)) throw new Error(`${page} has no place for the table ${name}`);
    text = text.replace(place, `$1${table}\n$2`);
  }
  writeFileSync(page, text);
}
