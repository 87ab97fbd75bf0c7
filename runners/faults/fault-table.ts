import { boardFaults } from './table/board-faults.ts';
import { harnessFaults } from './table/harness-faults.ts';
import { linkFaults } from './table/link-faults.ts';
import { programFaults } from './table/program-faults.ts';
import type { RigFault } from './table/rig-fault.ts';

/** Every way in which a rig is known to break, by number. */
export const rigFaults: readonly RigFault[] = [
  ...linkFaults,
  ...boardFaults,
  ...programFaults,
  ...harnessFaults,
].sort((a, b) => a.number - b.number);
