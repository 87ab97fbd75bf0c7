import { join } from 'node:path';
import { sha256Hex } from '../tensor/content-hash.ts';

/** Folder of a case's capture: readable, safe as a file name, and unique through a piece of the name's hash. */
export function captureFolder(runFolder: string, caseName: string, sdk: string): string {
  const readable = caseName.replaceAll(/[^\w.-]+/g, '_').slice(0, 80);
  return join(runFolder, 'cases', `${readable}-${sdk}-${sha256Hex(caseName).slice(0, 8)}`);
}
