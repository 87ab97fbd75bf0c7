import { arch, cpus, loadavg, platform } from 'node:os';
import type { BenchRow } from './bench-row.ts';

// `npm run bench` runs all; `npm run bench -- compare warm-case` some.
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<BenchRow[]> }>>> = {
  compare: () => import('./compare.bench.ts'),
  board: () => import('./board.bench.ts'),
  caffe: () => import('./caffe.bench.ts'),
  'warm-case': () => import('./warm-case.bench.ts'),
  'whole-case': () => import('./whole-case.bench.ts'),
  'cold-start': () => import('./cold-start.bench.ts'),
  growth: () => import('./growth.bench.ts'),
  history: () => import('./history.bench.ts'),
  report: () => import('./report.bench.ts'),
  leases: () => import('./leases.bench.ts'),
  rknn: () => import('./rknn.bench.ts'),
  layers: () => import('./layers.bench.ts'),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
const [cpu] = cpus();
console.log(
  `Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpu?.model ?? 'unknown processor'}, load ${loadavg()[0]!.toFixed(1)}`,
);
for (const [name, load] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n${name}`);
  for (const row of await (await load()).run()) console.log(describeRow(row));
}

function describeRow({ name, value, unit, peer, peerValue, ratio, aim, note }: BenchRow): string {
  const parts = [`  ${name}: ${figure(value)} ${unit}`];
  if (peer !== undefined && peerValue !== undefined) parts.push(`${peer}: ${figure(peerValue)} ${unit}`);
  if (ratio !== undefined) parts.push(`ratio ${figure(ratio)}`);
  const lines = [parts.join('; ')];
  if (aim !== undefined) lines.push(`    aim: ${aim}`);
  if (note !== undefined) lines.push(`    ${note}`);
  return lines.join('\n');
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
