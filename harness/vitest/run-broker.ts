import { BoardBroker } from '../board/broker/board-broker.ts';
import { defaultHealthRules } from '../board/broker/board-health.ts';
import { type BrokerServer, serveBroker } from '../board/broker/broker-server.ts';
import type { RunLog } from '../pipeline/run-log.ts';
import type { Project } from '../project/project.ts';

/** The broker of a run, and where its workers find it. */
export interface RunBroker extends BrokerServer {
  /** A new run begins: boards that were set aside have another chance. */
  readonly renew: () => void;
  /** Every worker is to leave its boards: Vitest does not reach all the tests that run side by side. */
  readonly callOff: () => void;
}

/** Starts the broker that shares the boards among the run's workers; the log hears of boards that are set aside. */
export function runBroker({ config }: Project, log: RunLog): RunBroker {
  const broker = new BoardBroker({
    rules: { ...defaultHealthRules, setAsideAfter: config.setAsideAfter },
    onSetAside: (event) => log.boardSetAside(event),
  });
  return Object.assign(serveBroker(broker), { renew: () => broker.renew(), callOff: () => broker.callOff() });
}
