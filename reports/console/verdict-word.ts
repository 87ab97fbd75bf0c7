import type { CaseRecord } from '../../harness/store/record.ts';
import { isMarginal } from '../facts/run-counts.ts';
import type { Colours } from './appearance.ts';

/** The verdict in one word; a marginal pass has a word of its own. Colour only repeats what the word says. */
export function verdictWord(record: CaseRecord, colours: Colours): string {
  switch (record.verdict) {
    case 'passed':
      return isMarginal(record) ? colours.yellow('marginal') : colours.green('passed');
    case 'failed':
      return colours.red('FAILED');
    case 'broken':
      return colours.magenta('BROKEN');
    case 'skipped':
      return colours.dim('skipped');
    case 'unknown':
      return colours.magenta('UNKNOWN');
  }
}
