import { Worker } from 'node:worker_threads';
import type { Cancellable } from '../../../harness/cancellable.ts';
import { allValues, someValues } from './listed-values.ts';
import type { ParsedValues } from './parsed-values.ts';
import { strictNumber, whyNoNumber } from './strict-number.ts';
import { quoteLine, UnreadableOutput } from './unreadable-output.ts';

export interface RegexPlace {
  /** With the named groups `value` and maybe `index`; checked by the spec's schema. */
  readonly pattern: string;
  readonly shape?: readonly number[] | undefined;
}

export interface RegexOptions extends Cancellable {
  /** How long the expression may take; 5 seconds by default. */
  readonly timeoutMs?: number;
}

interface Match {
  readonly at: number;
  readonly value: string | undefined;
  readonly index: string | undefined;
}

// A regular expression cannot be interrupted where it runs, and some take longer than the age of the universe.
const matchInWorker = `
const { parentPort, workerData: { pattern, text } } = require('node:worker_threads');
const matches = [];
for (const match of text.matchAll(new RegExp(pattern, 'gmu'))) {
  matches.push({ at: match.index, value: match.groups.value, index: match.groups.index });
}
parentPort.postMessage(matches);
`;

/**
 * Takes a value from every match of a regular expression, which runs in a thread that can be stopped.
 *
 * @throws {UnreadableOutput} If nothing matches, a value is no number, an index is none, or the time is up.
 */
export async function parseRegexValues(
  text: string,
  { pattern, shape }: RegexPlace,
  options: RegexOptions,
): Promise<ParsedValues> {
  const matches = await allMatches(pattern, text, options);
  if (matches.length === 0) throw new UnreadableOutput(`nothing in it matches ${pattern}`);
  const hasIndex = pattern.includes('(?<index>');
  const entries = matches.map(({ at, value = '', index }) => {
    const number = strictNumber(value);
    if (number === undefined) {
      throw new UnreadableOutput(`${lineAt(text, at)}: the value ${whyNoNumber(value)}`);
    }
    if (hasIndex && (index === undefined || !/^\d{1,15}$/.test(index))) {
      throw new UnreadableOutput(
        `${lineAt(text, at)}: the index ${quoteLine(index ?? '')} is no whole number`,
      );
    }
    return { place: Number(index), value: number };
  });
  return hasIndex
    ? someValues(entries)
    : allValues(
        entries.map(({ value }) => value),
        shape,
      );
}

async function allMatches(
  pattern: string,
  text: string,
  { signal, timeoutMs = 5000 }: RegexOptions,
): Promise<readonly Match[]> {
  signal?.throwIfAborted();
  const worker = new Worker(matchInWorker, { eval: true, workerData: { pattern, text } });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new UnreadableOutput(
              `the expression ${pattern} took more than ${timeoutMs} ms on ${text.length} characters and was stopped`,
            ),
          ),
        timeoutMs,
      );
      const onAbort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort);
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
    });
  } finally {
    await worker.terminate();
  }
}

function lineAt(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, ${quoteLine((text.split('\n')[before.length - 1] ?? '').trim())}`;
}
