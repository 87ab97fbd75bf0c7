import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { createOnnxRuntimeEngine } from '../../harness/reference/onnx-runtime-engine.ts';
import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import { methods } from './compare-methods.ts';
import type { Condition } from './conditions.ts';
import { limitsHeading, limitsSection, measureLimits } from './direction-limit.ts';
import { type Format, formats, type NetworkName, networks } from './networks.ts';
import { seededRandom } from './random.ts';
import { disjointTrials, drawnTrials, measureConditions, shiftsOf } from './run-trials.ts';
import {
  type ConditionRow,
  type MethodRow,
  methodsHeading,
  type SizeRow,
  type ValidationResults,
  validationPage,
} from './validation-page.ts';

// Build and run from the package's folder:
//   rolldown -c scripts/acceptance/rolldown.config.mjs && node dist-bench/acceptance/validate-acceptance.js
const { values: options } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    'method-trials': { type: 'string', default: '100' },
    formats: { type: 'string', default: formats.join(',') },
    /** Formats of which only the aim's conditions are run. */
    brief: { type: 'string', default: 'i16,i8' },
    seed: { type: 'string', default: '3000' },
    /** Where the numbers are kept; if they are there already, only the page is written again. */
    results: { type: 'string', default: 'dist-bench/acceptance-results.json' },
    output: { type: 'string', default: 'docs/acceptance-validation.md' },
    /** Measures only what no method can find, and renews that section of the page. */
    limits: { type: 'boolean', default: false },
  },
});
const inputs = 20;
/** The method was settled on the first and is reported on the second. */
const [designSeed, reportSeed] = [1000, Number(options.seed)];
const trials = Number(options.trials);
const methodTrials = Number(options['method-trials']);
const sizes = [20, 40, 80, 160, 320];
const sized = ['two-class u8', 'two-class i8'];
const compared = ['two-class fp16', 'two-class u8', 'ten-class u8'];

mkdirSync(dirname(options.output), { recursive: true });
if (options.limits) await renewLimits();
else {
  const page = existsSync(options.results)
    ? (JSON.parse(readFileSync(options.results, 'utf8')) as ValidationResults)
    : await measureAll();
  writeFileSync(options.output, validationPage(page));
}

async function renewLimits(): Promise<void> {
  const limits = await measureLimits(createOnnxRuntimeEngine(), designSeed, methodTrials * inputs);
  const page = readFileSync(options.output, 'utf8');
  const start = page.indexOf(limitsHeading);
  const [before, after] = [
    page.slice(0, start === -1 ? page.indexOf(methodsHeading) : start),
    page.slice(page.indexOf(methodsHeading)),
  ];
  writeFileSync(options.output, `${before}${limitsSection(limits, designSeed)}\n${after}`);
}

async function measureAll(): Promise<ValidationResults> {
  const engine = createOnnxRuntimeEngine();
  const results = { rows: [] as ConditionRow[], sizes: [] as SizeRow[], methods: [] as MethodRow[] };
  for (const network of Object.keys(networks) as NetworkName[]) {
    for (const format of options.formats.split(',') as Format[]) {
      const started = performance.now();
      await report(engine, network, format, results);
      if (compared.includes(`${network} ${format}`)) await compareMethods(engine, network, format, results);
      console.error(`${network} ${format}: ${Math.round((performance.now() - started) / 1000)} s`);
    }
  }
  const limits = await measureLimits(engine, designSeed, methodTrials * inputs);
  const measured = { inputs, reportSeed, designSeed, ...results, limits };
  writeFileSync(options.results, JSON.stringify(measured));
  return measured;
}

interface Collected {
  readonly rows: ConditionRow[];
  readonly sizes: SizeRow[];
  readonly methods: MethodRow[];
}

async function report(
  engine: ReferenceEngine,
  network: NetworkName,
  format: Format,
  results: Collected,
): Promise<void> {
  const brief = options.brief.split(',').includes(format);
  const chosen = ({ name, halfPercent }: Condition) =>
    !brief || halfPercent === true || name.startsWith('nothing');
  const plan = { seed: reportSeed, pictures: trials * inputs, chosen };
  for await (const measured of measureConditions(engine, network, format, plan)) {
    const { condition } = measured;
    results.rows.push({ network, format, condition, trials: disjointTrials(measured, inputs) });
    if (!sized.includes(`${network} ${format}`) || condition.trueScale !== 0.005) continue;
    const random = seededRandom(reportSeed + 1);
    for (const size of sizes.filter((count) => count <= plan.pictures / 4))
      results.sizes.push({
        network,
        format,
        inputs: size,
        trials: drawnTrials(measured, size, trials, random),
      });
  }
}

async function compareMethods(
  engine: ReferenceEngine,
  network: NetworkName,
  format: Format,
  results: Collected,
): Promise<void> {
  const plan = {
    seed: designSeed,
    pictures: methodTrials * inputs,
    chosen: ({ name, trueScale }: Condition) => name.includes('noisy') || trueScale === 0.005,
  };
  for await (const { condition, before, after } of measureConditions(engine, network, format, plan)) {
    const sets = Array.from({ length: methodTrials }, (_, trial) => {
      const own = [trial * inputs, (trial + 1) * inputs] as const;
      return shiftsOf(before.slice(...own), after.slice(...own));
    });
    results.methods.push({
      network,
      format,
      condition: condition.name,
      trials: methodTrials,
      excluded: Object.fromEntries(
        Object.entries(methods).map(([name, excludes]) => [name, sets.filter(excludes).length]),
      ),
    });
  }
}
