import { relative, resolve } from 'node:path';
import { coloursFor } from '../../../reports/console/appearance.ts';
import { layerLines } from '../../../reports/console/layer-table.ts';
import { plainTable } from '../../../reports/console/plain-table.ts';
import { formatNumber } from '../../../reports/facts/number.ts';
import type { DumpedLayer } from '../../layers/dump/dumped-layer.ts';
import { readDumpFolder } from '../../layers/dump/read-dump-folder.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { planCases } from '../../pipeline/plan-cases.ts';
import { loadProject } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { workerServices } from '../../vitest/worker-services.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { analyseCase, NoLayersError } from '../layers/analyse-case.ts';

export interface LayersImportOptions {
  readonly case?: string;
  readonly sdk?: string;
  readonly json?: true;
}

/** `hil layers import`: reads a folder of layer dumps; held against a case's reference, or listed without one. */
export async function layersImportCommand(
  folder: string,
  options: LayersImportOptions,
  io: Io,
): Promise<ExitCode> {
  const path = resolve(io.cwd, folder);
  const dump = await readDumpFolder(path, {
    signal: io.signal,
    onProgress: ({ bytes: { done, total } }) => {
      if (done === total)
        io.stderr.write(`${relative(io.cwd, path) || '.'}: ${Math.round(total / 1e6)} MB read\n`);
    },
  });
  const colours = coloursFor(io.stdout, io.env);
  if (options.case === undefined) {
    const facts = dump.layers.map(factsOf);
    if (options.json) io.stdout.write(`${JSON.stringify(facts, encodeNumber, 2)}\n`);
    else {
      const hint = 'To hold it against a reference, name the case that the dump is of: --case <name>';
      io.stdout.write(`${[...listing(facts), '', ...dump.remarks, hint].join('\n')}\n`);
    }
    return exitCodes.ok;
  }
  const project = loadProject(io.cwd);
  const wish = { cwd: io.cwd, words: [options.case], sdk: options.sdk };
  const planned = await planCases(project, boardsOf(project), wish, importSpecModule);
  const exact = planned.filter((each) => each.case.name === options.case);
  const [only, another] = exact.length > 0 ? exact : planned;
  if (!only || another) {
    throw new NoLayersError(`--case ${options.case} means ${planned.length} cases, a dump is of one`, {
      hint: `Name it in full, e.g. --case "${only?.case.name ?? 'spec › input'}".`,
    });
  }
  await using services = workerServices({ project, run: '', runFolder: '', updateGolden: false });
  const { case: testCase, targets } = only;
  const prepared = await prepareInput(testCase.input, testCase.spec);
  const engine = createOnnxRuntimeEngine();
  const { analysis } = await analyseCase(
    testCase,
    dump,
    prepared,
    targets[0].sdk,
    services,
    engine,
    io.signal,
  );
  if (options.json) io.stdout.write(`${JSON.stringify(analysis, encodeNumber, 2)}\n`);
  else {
    const title = colours.bold(`${testCase.name}: layers of the dump in ${folder}`);
    io.stdout.write(`${[title, '', ...layerLines(analysis, colours)].join('\n')}\n`);
  }
  return exitCodes.ok;
}

interface DumpFacts extends Omit<DumpedLayer, 'values'> {
  readonly elements: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly nonFinite: number;
}

function factsOf({ values, ...layer }: DumpedLayer): DumpFacts {
  let [min, max, sum, nonFinite] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      nonFinite++;
      continue;
    }
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { ...layer, elements: values.length, min, max, mean: sum / (values.length - nonFinite), nonFinite };
}

const listing = (facts: readonly DumpFacts[]): string[] =>
  plainTable(
    [
      { title: '#', align: 'right' },
      { title: 'node' },
      { title: 'name' },
      { title: 'w x h x d' },
      { title: 'elements', align: 'right' },
      { title: 'min', align: 'right' },
      { title: 'mean', align: 'right' },
      { title: 'max', align: 'right' },
      { title: 'NaN, Inf', align: 'right' },
    ],
    facts.map((layer, index) => [
      String(index),
      `${layer.node ?? ''} ${layer.kind}`.trim(),
      layer.tensorName ?? layer.layerName ?? '',
      `${layer.width} x ${layer.height} x ${layer.depth}`,
      String(layer.elements),
      formatNumber(layer.min),
      formatNumber(layer.mean),
      formatNumber(layer.max),
      layer.nonFinite === 0 ? '' : String(layer.nonFinite),
    ]),
  );
