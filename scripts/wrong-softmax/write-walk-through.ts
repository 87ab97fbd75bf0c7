import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hil } from '../../harness/cli/e2e/hil-process.ts';
import { packageFolder } from '../../harness/harness-version.ts';
import { readLayers } from '../../harness/store/layer-capture.ts';
import { readRecords } from '../../harness/store/record-journal.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { findRunFolder } from '../../harness/store/run-folder.ts';
import { trialsPlot } from '../../reports/input/trials-plot.ts';
import { layerPlots } from '../../reports/layers/layer-plots.ts';
import { caseBlock, fillPage } from './fill-page.ts';

const page = 'docs/from-a-wrong-softmax-to-the-cause.md';
const shown = [1, 2, 3, 6, 8];

/** Runs the story on the virtual board, and writes what it prints and its pictures into the page. */
export async function writeWalkThrough(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'hil-wrong-softmax-'));
  try {
    await writeFrom(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const copied = ['hil.config.yaml', 'golden', 'specs/story', 'specs/models', 'specs/images/story'];

async function writeFrom(root: string): Promise<void> {
  for (const path of copied) cpSync(join(packageFolder, path), join(root, path), { recursive: true });
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(packageFolder, join(root, 'node_modules/hil-harness'), 'dir');
  symlinkSync(join(packageFolder, 'node_modules/vitest'), join(root, 'node_modules/vitest'), 'dir');
  const { stdout } = await hil(root, 'run', 'specs/story', '--sdk', '1.7.5', '--ci');
  const records = readRecords(findRunFolder(join(root, '.hil'), 'latest'));
  const step = (number: number): CaseRecord => {
    const found = records.find(({ case: { spec } }) => spec.startsWith(`story ${number},`));
    if (found === undefined) throw new RangeError(`step ${number} of the story was not run`);
    return found;
  };
  const outputs = new Map(
    shown.map((number) => [`story ${number}`, caseBlock(stdout, step(number).case.name)] as const),
  );
  const path = join(packageFolder, page);
  writeFileSync(path, fillPage(readFileSync(path, 'utf8'), outputs));

  writePicture('inputs', trialsPlot(step(2).explanation!.input!));
  const layers = await readLayers(join(root, step(8).capture!));
  const [depth, scatter, channels] = layerPlots(layers!);
  writePicture('depth', depth!.svg);
  writePicture('scatter', scatter!.svg);
  writePicture('channels', channels!.svg);
}

const writePicture = (name: string, svg: string): void =>
  writeFileSync(join(packageFolder, `docs/images/wrong-softmax-${name}.svg`), svg);
