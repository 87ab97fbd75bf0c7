import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureCapture, fixturePlan, fixtureSummary } from '../fixture-run.ts';
import { allureReporter } from './allure-reporter.ts';
import { ReportGenerationError, generateReport } from './generate-report.ts';
import { serveReport } from './serve-report.ts';

let root = '';
let resultsFolder = '';
let output = '';
let page = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hil-report-test-'));
  resultsFolder = join(root, 'results [of] (all)');
  output = join(root, 'report');
  const reporter = allureReporter({ resultsFolder, readCapture: fixtureCapture, env: {} });
  await reporter.onRunStart?.(fixturePlan);
  for (const record of fixtureSummary.records) await reporter.onCaseEnd?.(record);
  await reporter.onRunEnd?.(fixtureSummary);
  page = await generateReport({ resultsFolders: [resultsFolder], output, name: 'NPU <regression>' });
}, 120_000);
afterAll(() => rm(root, { recursive: true }));

const readWidget = async (name: string) =>
  JSON.parse(await readFile(join(output, 'widgets', name), 'utf8')) as Record<string, unknown>;

describe('the report that Allure makes of our results', () => {
  test('counts verdicts as the run did, and attempts as retries', async () => {
    expect(page).toBe(join(output, 'index.html'));
    expect(await readWidget('statistic.json')).toMatchObject({
      total: 10,
      passed: 4,
      failed: 3,
      broken: 2,
      skipped: 1,
      retries: 2,
    });
  });

  test('sorts every trouble under our categories and none under Allure’s own', async () => {
    const { roots, nodes } = (await readWidget('categories.json')) as {
      roots: string[];
      nodes: Record<string, { name: string; statistic: { total: number } }>;
    };

    expect(roots.map((id) => `${nodes[id]?.name}: ${nodes[id]?.statistic.total}`)).toEqual([
      'Numeric overflow: NaN or infinity: 1',
      'Wrong outputs: missing, shape or type: 1',
      'Top-1 flip: 1',
      'Spec error: 1',
      'Rig: network: 1',
      'Marginal pass: 1',
    ]);
  });

  test('marks the known issue and still counts its failure', async () => {
    const { groups } = (await readWidget('resolution-categories.json')) as {
      groups: { name: string; testResults: { name: string; status: string }[] }[];
    };

    expect(groups).toMatchObject([
      { name: 'NPU-17', testResults: [{ name: 'story › misread', status: 'failed' }] },
    ]);
  });

  test('has an environment for each SDK stack, and keeps simulated ones apart', async () => {
    const environments = (await readWidget('environments.json')) as unknown as { name: string }[];

    expect(environments.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['SDK 1.6.0', 'SDK 1.7.5 (simulated)']),
    );
  });

  test('is a page that loads nothing from elsewhere', async () => {
    const html = await readFile(page, 'utf8');

    expect(html).toContain('NPU &lt;regression&gt;');
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    expect(html).not.toContain('gtag');
  });

  test('is served to this machine, until the server is disposed', async () => {
    const server = await serveReport({ folder: output });
    const { status } = await fetch(server.url);
    const statistic = await (await fetch(new URL('widgets/statistic.json', server.url))).json();

    await server[Symbol.asyncDispose]();

    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(status).toBe(200);
    expect(statistic).toMatchObject({ total: 10 });
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });
});

test.each([
  ['is missing', 'nowhere', /cannot be read/],
  ['holds no results', 'empty', /holds no Allure results/],
])('a folder that %s is said by name', async (_what, name, message) => {
  await mkdir(join(root, 'empty'), { recursive: true });
  const folder = join(root, name);

  const made = generateReport({ resultsFolders: [folder], output: join(root, 'none'), name: 'n' });

  await expect(made).rejects.toThrow(ReportGenerationError);
  await expect(made).rejects.toThrow(message);
  await expect(made).rejects.toThrow(folder);
});

test('a folder with other people’s files is not overwritten', async () => {
  const work = join(root, 'work');
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'thesis.txt'), 'years');

  const made = generateReport({ resultsFolders: [resultsFolder], output: work, name: 'n' });

  await expect(made).rejects.toThrow(/holds files that are no Allure report, thesis\.txt among them/);
  expect(await readFile(join(work, 'thesis.txt'), 'utf8')).toBe('years');
});

test('a folder without a report is not served', async () => {
  await expect(serveReport({ folder: join(root, 'nowhere') })).rejects.toThrow(/holds no report/);
});

test('making a report can be cancelled', async () => {
  const made = generateReport({
    resultsFolders: [resultsFolder],
    output: join(root, 'cancelled'),
    name: 'n',
    signal: AbortSignal.abort(new Error('enough')),
  });

  await expect(made).rejects.toThrow('enough');
});
