import { HilError } from '../hil-error.ts';
import type { GoldenFacts, GoldenName } from './golden.ts';

/** One thing that a golden was made from and that is another now. */
export interface FactDifference {
  /** e.g. `model`, `engine`, `preprocessing.resize.width`. */
  readonly field: string;
  /** For people: hashes shortened, values as JSON; `absent` where one side lacks the field. */
  readonly golden: string;
  readonly present: string;
}

/** A stored golden was made from other things than the spec names now. */
export class StaleGoldenError extends HilError {
  readonly code = 'HIL_GOLDEN_STALE';
  readonly owner = 'spec';
  readonly differences: readonly FactDifference[];

  /** @param specFile - Relative to the project, for the command in the hint. */
  constructor(
    { folder, input }: GoldenName,
    specFile: string,
    differences: readonly FactDifference[],
  ) {
    const lines = differences.map(({ field, golden, present }) => `  ${field}: was ${golden}, is ${present}`);
    super(
      `the golden ${folder}/${input} is stale: it was made from something else\n${lines.join('\n')}`,
      {
        hint: `If the change is meant: npx hil golden update ${specFile} (if another spec shares the folder, give this one its own with \`golden:\`)`,
      },
    );
    this.differences = differences;
  }
}

/** What a golden was made from that is another now; empty if it is fresh. */
export function compareFacts(golden: GoldenFacts, present: GoldenFacts): FactDifference[] {
  const differences: FactDifference[] = [];
  for (const field of ['model', 'input'] as const) {
    if (golden[field] !== present[field]) {
      differences.push({ field, golden: shortHash(golden[field]), present: shortHash(present[field]) });
    }
  }
  if (golden.preprocess !== present.preprocess) {
    const nested = compareValues('preprocessing', golden.preprocessing, present.preprocessing);
    // The hashes alone differ if somebody edited the readable copy in the manifest.
    const hashes = [
      { field: 'preprocess', golden: shortHash(golden.preprocess), present: shortHash(present.preprocess) },
    ];
    differences.push(...(nested.length > 0 ? nested : hashes));
  }
  const [engineThen, engineNow] = [golden.engine, present.engine].map(({ name, version }) => `${name} ${version}`);
  if (engineThen !== engineNow) {
    differences.push({ field: 'engine', golden: engineThen!, present: engineNow! });
  }
  return differences;
}

const shortHash = (sha256: string) => `${sha256.slice(0, 12)}…`;

type Json = GoldenFacts['preprocessing'];

function compareValues(field: string, then: Json | undefined, now: Json | undefined): FactDifference[] {
  if (isObject(then) && isObject(now)) {
    const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
    return [...keys].flatMap((key) => compareValues(`${field}.${key}`, then[key], now[key]));
  }
  const [golden, present] = [then, now].map((value) => (value === undefined ? 'absent' : JSON.stringify(value)));
  return golden === present ? [] : [{ field, golden: golden!, present: present! }];
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
