import { join } from 'node:path';
import { plainTable } from '../../../reports/console/plain-table.ts';
import type { GoldenChange, OutputChange } from '../../golden/golden-change.ts';
import { createGoldenCache } from '../../golden/golden-cache.ts';
import { createGoldenProvider, type GoldenProvider, type GoldenState } from '../../golden/golden-provider.ts';
import type { GoldenRequest } from '../../golden/golden-request.ts';
import { createGoldenStore } from '../../golden/golden-store.ts';
import type { Golden } from '../../golden/golden.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { requestOf } from '../../pipeline/reference-branch.ts';
import { loadProject } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import type { Case } from '../../spec/case.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { planChosenCases } from '../plan-chosen-cases.ts';

export type GoldenAction = 'update' | 'check' | 'show';

interface GoldenCase {
  readonly name: string;
  readonly request: GoldenRequest;
}

/** `hil golden update|check|show`. Cases that share a golden are taken once. */
export async function goldenCommand(
  action: GoldenAction,
  words: readonly string[],
  options: { readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const planned = await planChosenCases(project, words, io);
  const engine = createOnnxRuntimeEngine();
  const goldens = createGoldenProvider({
    engine,
    store: createGoldenStore(project.goldenFolder),
    cache: createGoldenCache(join(project.stateFolder, 'cache', 'golden')),
  });
  const cases = new Map<string, GoldenCase>();
  for (const { case: testCase } of planned) {
    io.signal.throwIfAborted();
    const request = requestOf(testCase, await prepareCaseInput(testCase), engine);
    const name = `${request.name.folder}/${request.name.input}`;
    if (!cases.has(name)) cases.set(name, { name, request });
  }
  const print = options.json ? printJson : printText;
  switch (action) {
    case 'update':
      return updateGoldens([...cases.values()], goldens, io, print);
    case 'check':
      return checkGoldens([...cases.values()], goldens, io, print);
    case 'show':
      return showGoldens([...cases.values()], goldens, io, print);
  }
}

const prepareCaseInput = (testCase: Case) => prepareInput(testCase.input, testCase.spec);

/** A command's result: data for `--json`, a table for people. */
interface Result {
  readonly data: unknown;
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly closing: string;
}
type Print = (result: Result, io: Io) => void;

const printJson: Print = ({ data }, io) => io.stdout.write(`${JSON.stringify(data, undefined, 2)}\n`);
const printText: Print = ({ titles, rows, closing }, io) => {
  io.stdout.write(
    `${plainTable(
      titles.map((title) => ({ title })),
      rows,
    ).join('\n')}\n${closing}\n`,
  );
};

async function updateGoldens(
  cases: readonly GoldenCase[],
  goldens: GoldenProvider,
  io: Io,
  print: Print,
): Promise<ExitCode> {
  const updates: { name: string; change: GoldenChange; golden: Golden }[] = [];
  for (const { name, request } of cases) {
    io.stderr.write(`computing ${name} ...\n`);
    updates.push({ name, ...(await goldens.update(request, { signal: io.signal })) });
  }
  const count = (kind: GoldenChange['kind']) => updates.filter(({ change }) => change.kind === kind).length;
  print(
    {
      data: updates.map(({ name, change, golden }) => ({ name, id: golden.id, ...change })),
      titles: ['golden', 'change', 'what'],
      rows: updates.map(({ name, change }) => [name, change.kind, describeUpdate(change)]),
      closing: `${count('new')} new, ${count('changed')} changed, ${count('unchanged')} unchanged`,
    },
    io,
  );
  return exitCodes.ok;
}

function describeUpdate({ facts, outputs }: GoldenChange): string {
  const changed = outputs.filter(({ kind }) => kind !== 'unchanged').map(describeOutput);
  return [facts.length === 0 ? '' : `${facts.map(({ field }) => field).join(', ')} differ`, ...changed]
    .filter(Boolean)
    .join('; ');
}

function describeOutput(output: OutputChange): string {
  switch (output.kind) {
    case 'added':
    case 'removed':
    case 'unchanged':
      return `${output.name} ${output.kind}`;
    case 'reshaped':
      return `${output.name} was ${formatShape(output.before.shape)}, is ${formatShape(output.after.shape)}`;
    case 'changed':
      return (
        `${output.name} moved by up to ${Number(output.maxAbsDifference.toPrecision(3))}` +
        (output.top1Changed ? `, top-1 ${output.before.index} -> ${output.after.index}` : '')
      );
  }
}

async function checkGoldens(
  cases: readonly GoldenCase[],
  goldens: GoldenProvider,
  io: Io,
  print: Print,
): Promise<ExitCode> {
  const states: { name: string; state: GoldenState }[] = [];
  for (const { name, request } of cases) states.push({ name, state: await goldens.inspect(request) });
  const count = (kind: GoldenState['kind']) => states.filter(({ state }) => state.kind === kind).length;
  const stale = count('stale');
  print(
    {
      data: states.map(({ name, state }) => ({
        name,
        state: state.kind,
        ...(state.kind === 'stale' ? { differences: state.differences } : {}),
      })),
      titles: ['golden', 'state', 'why'],
      rows: states.map(({ name, state }) => [
        name,
        state.kind,
        state.kind === 'stale' ? state.differences.map(({ field }) => `${field} differs`).join(', ') : '',
      ]),
      closing:
        `${count('fresh')} fresh, ${stale} stale, ${count('missing')} missing` +
        (stale > 0 ? '; store them anew with `npx hil golden update`' : ''),
    },
    io,
  );
  return stale > 0 ? exitCodes.usage : exitCodes.ok;
}

async function showGoldens(
  cases: readonly GoldenCase[],
  goldens: GoldenProvider,
  io: Io,
  print: Print,
): Promise<ExitCode> {
  const rows: string[][] = [];
  const data: unknown[] = [];
  for (const { name, request } of cases) {
    const state = await goldens.inspect(request);
    if (state.kind === 'missing') {
      data.push({ name, state: 'missing' });
      rows.push([name, 'missing', '', '', '']);
      continue;
    }
    const { golden } = state;
    data.push({
      name,
      state: state.kind,
      id: golden.id,
      manifest: golden.manifest,
      outputs: Object.fromEntries([...golden.outputs].map(([output, value]) => [output, largest(value)])),
    });
    for (const [output, value] of golden.outputs) {
      const top = largest(value).map(({ index, value: share }) => `${index}: ${share.toPrecision(6)}`);
      rows.push([
        name,
        state.kind,
        `${output} ${formatShape(value.shape)}`,
        top.join('  '),
        golden.id.slice(0, 12),
      ]);
    }
  }
  print(
    {
      data,
      titles: ['golden', 'state', 'output', 'largest elements', 'id'],
      rows,
      closing: `${cases.length} goldens`,
    },
    io,
  );
  return exitCodes.ok;
}

/** The three largest elements, by flat index. */
const largest = ({ data }: Tensor): { readonly index: number; readonly value: number }[] =>
  Array.from(data as ArrayLike<number | bigint>, (value, index) => ({ index, value: Number(value) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3);
