import { powerCycle } from '../board/power-cycle.ts';
import type { Board } from '../board/board.ts';
import { type BoardCare, defaultCare } from '../pipeline/board-care.ts';
import type { Project } from '../project/project.ts';
import { durationMs } from '../spec/duration-ms.ts';

/** A board inside this process is there or it is not: it never boots. */
const simulatedBootBudgetMs = 5000;

/** What the config says can be done for a board that is not as it should be. */
export const careOf =
  ({ config }: Project) =>
  ({ name, perWorker }: Board): BoardCare => {
    if (perWorker) return { bootBudgetMs: simulatedBootBudgetMs };
    const entry = config.boards.find((board) => board.name === name);
    if (entry?.kind !== 'ssh') return defaultCare;
    const { power, limits } = entry;
    return {
      ...defaultCare,
      heat: { maxTemperature: limits.maxTemperature, coolWithinMs: durationMs(limits.coolWithin) },
      ...(power === undefined ? {} : { powerCycle: (signal) => powerCycle(power, { signal }) }),
    };
  };
