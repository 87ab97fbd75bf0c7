import { BoardBroker } from '../board/broker/board-broker.ts';
import { defaultHealthRules } from '../board/broker/board-health.ts';
import { type BrokerServer, serveBroker } from '../board/broker/broker-server.ts';
import type { RunLog } from '../pipeline/run-log.ts';
import { historyUrl, type Project } from '../project/project.ts';
import { LeaseGate, leaseHolder } from '../store/history/lease-gate.ts';
import { decodeNumber } from '../store/record-journal.ts';
import type { CaseRecord } from '../store/record.ts';
import { openRecordStore } from '../store/history/open-record-store.ts';

/** The broker of a run, and where its workers find it. */
export interface RunBroker extends BrokerServer {
  /** A new run begins: boards that were set aside have another chance. */
  readonly renew: () => void;
  /** Every worker is to leave its boards: Vitest does not reach all the tests that run side by side. */
  readonly callOff: () => void;
}

/**
 * Starts the broker that shares the boards among the run's workers, and leases them from the history's store, which other
 * runs ask too; the log hears of boards that are set aside, and of those that others have.
 */
export function runBroker(project: Project, log: RunLog): RunBroker {
  const gate = new LeaseGate({
    open: () => openRecordStore(process.env['HIL_HISTORY'] || historyUrl(project), project.root),
    holder: leaseHolder(log.plan.run),
    onWait: (board, holder) => log.notice(`board ${board} is in use by ${holder}; waiting for it`),
    onLost: (board) => {
      log.notice(`the lease of board ${board} is gone from the store; asking for it anew`);
      broker.lost(board);
    },
  });
  const broker = new BoardBroker({
    rules: { ...defaultHealthRules, setAsideAfter: project.config.setAsideAfter },
    onSetAside: (event) => log.boardSetAside(event),
    gate,
  });
  const server = serveBroker(broker, (record) => log.caseEnd(JSON.parse(record, decodeNumber) as CaseRecord));
  return {
    path: server.path,
    workersGone: server.workersGone,
    renew: () => broker.renew(),
    callOff: () => broker.callOff(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await gate[Symbol.asyncDispose]();
    },
  };
}
