import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../harness/harness-version.ts';

/** A small systematic error of one SDK's simulated NPU: the output of a layer is multiplied. */
export interface Shift {
  readonly sdk: string;
  /** Name of the layer's output tensor. */
  readonly layer: string;
  /** 0.005: 0.5 % too large. */
  readonly amount: number;
}

const copied = [
  'golden/two-class',
  'golden/ten-class',
  'specs/two-class',
  'specs/ten-class',
  'specs/images/two-class',
  'specs/images/ten-class',
  'specs/models',
];

/** Makes a project of the two built-in networks in a folder, with this package installed in it. */
export function makeMonthProject(root: string): void {
  for (const path of copied) cpSync(join(packageFolder, path), join(root, path), { recursive: true });
  for (const [name, target] of [
    ['hil-harness', packageFolder],
    ['vitest', join(packageFolder, 'node_modules/vitest')],
  ] as const) {
    const link = join(root, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'dir');
  }
  writeBoard(root, undefined);
}

/** Writes the config with its one board, which has the shift or none. */
export function writeBoard(root: string, shift: Shift | undefined): void {
  const lines = ['boards:', '  - name: virtual', '    kind: virtual'];
  if (shift !== undefined) {
    const { sdk, layer, amount } = shift;
    lines.push(
      '    # Wrong on purpose: what an SDK update with a small mistake would do.',
      `    faults: { layer: { kind: scale, name: ${layer}, amount: ${amount}, sdk: ${sdk} } }`,
    );
  }
  writeFileSync(join(root, 'hil.config.yaml'), `${lines.join('\n')}\n`);
}
