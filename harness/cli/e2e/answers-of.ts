import { createHash } from 'node:crypto';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { readCapture } from '../../store/capture.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { bytesOf } from '../../tensor/dtype.ts';

/** SHA-256 of what the board answered in each case of the newest run. */
export async function answersOf(place: TemporaryProject): Promise<Record<string, string>> {
  const state = place.path('.hil');
  const answers: Record<string, string> = {};
  for (const { case: testCase, capture } of readRecords(findRunFolder(state, 'latest'))) {
    const { outputs } = await readCapture(place.path(capture!), state);
    const hash = createHash('sha256');
    for (const { tensor } of outputs) hash.update(bytesOf(tensor.data));
    answers[testCase.name] = hash.digest('hex');
  }
  return answers;
}
