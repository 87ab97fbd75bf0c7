import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Capture } from '../../harness/store/capture-view.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { checkRows } from '../facts/check-rows.ts';
import { layerPage } from '../layers/layer-page.ts';
import { recordJson } from './record-json.ts';

export interface CaseAttachment {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly contentType: string;
  readonly extension: string;
}

/** Larger pictures stay where they are: a report must be small enough to be looked at. */
const largestPicture = 8 * 2 ** 20;

const pictureTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.bmp': 'image/bmp',
};

/** What is put beside a result: charts, checks as a table, the input picture, the session's log, the record. */
export async function attachmentsOf(
  record: CaseRecord,
  root: string,
  capture: Capture | undefined,
  charts: readonly { readonly title: string; readonly svg: string }[],
): Promise<CaseAttachment[]> {
  const log = capture?.log ?? record.log ?? '';
  return [
    ...charts.map(({ title, svg }) => ({
      name: title,
      content: svg,
      contentType: 'image/svg+xml',
      extension: '.svg',
    })),
    ...(await pictureOf(record, root)),
    ...checksOf(record),
    ...layersOf(record, capture),
    ...(log === ''
      ? []
      : [{ name: 'session log', content: log, contentType: 'text/plain', extension: '.log' }]),
    { name: 'record', content: recordJson(record), contentType: 'application/json', extension: '.json' },
  ];
}

function layersOf(record: CaseRecord, capture: Capture | undefined): CaseAttachment[] {
  if (capture?.layers === undefined) return [];
  const content = layerPage(record, capture.layers);
  return [{ name: 'layers', content, contentType: 'text/html', extension: '.html' }];
}

function checksOf({ comparison }: CaseRecord): CaseAttachment[] {
  if (!comparison || comparison.outputs.length === 0) return [];
  const rows = checkRows(comparison).map(({ output, check, value, limit, used, wouldPass, ok }) => [
    output,
    check,
    value,
    limit,
    used,
    ok ? 'ok' : 'FAILED',
    wouldPass,
  ]);
  const lines = [['output', 'check', 'value', 'limit', 'used', 'verdict', 'would just pass'], ...rows];
  const content = `${lines.map((line) => line.map(csvCell).join(',')).join('\n')}\n`;
  return [{ name: 'checks', content, contentType: 'text/csv', extension: '.csv' }];
}

const csvCell = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A picture that is gone or that nobody may read is no reason to lose a result. */
async function pictureOf(
  { case: { inputFile }, hashes }: CaseRecord,
  root: string,
): Promise<CaseAttachment[]> {
  const extension = extname(inputFile).toLowerCase();
  const contentType = pictureTypes[extension];
  if (contentType === undefined) return [];
  const path = resolve(root, inputFile);
  try {
    const facts = await stat(path);
    // A device or a pipe has no size, and reading it may never end.
    if (!facts.isFile() || facts.size > largestPicture) return [];
    const content = await readFile(path);
    // A stored run is reported later, too, when the file may hold another picture.
    if (hashes.input !== undefined && hashes.input !== sha256Hex(content)) return [];
    return [{ name: 'input picture', content, contentType, extension }];
  } catch {
    return [];
  }
}
