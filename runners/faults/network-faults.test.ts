import { describe, expect, test } from 'vitest';
import { missing } from '../machine-needs.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { startStandInRig } from './stand-in-rig.ts';

const reason = missing(...needsOfStandIn('sshd'));

describe.skipIf(reason !== undefined)(
  `the network${reason === undefined ? '' : ` (${reason})`}`,
  { timeout: 120_000 },
  () => {
    test('fault 0: without one the case passes, warm as well as cold', async () => {
      const rig = await startStandInRig();

      const cold = await rig.run();
      const warm = await rig.run();

      expect([cold.verdict, warm.verdict]).toEqual(['passed', 'passed']);
      expect(rig.proxy.accepted).toBe(1);
      await rig.expectNothingLeft();
    });

    test('fault 1: connection refused', async () => {
      const rig = await startStandInRig();
      await rig.proxy.stopListening();

      const record = await rig.run();

      expect(record).toMatchObject({
        verdict: 'broken',
        class: 'infra',
        error: {
          code: 'HIL_SSH_REFUSED',
          owner: 'lab',
          hint: expect.stringContaining('wait until it has booted'),
        },
      });
      expect(record.attempts).toHaveLength(3);
      await rig.expectNothingLeft();
    });
  },
);
