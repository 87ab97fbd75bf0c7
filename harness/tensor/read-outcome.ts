import { TensorFileError } from './tensor-file-error.ts';

/** For tests with damaged files: a reader may read or refuse; anything else it throws comes through. */
export function readOutcome(read: () => unknown): 'read' | 'refused' {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof TensorFileError) return 'refused';
    throw error;
  }
}
