import { type RigFault, infra, noFault, precluded } from './rig-fault.ts';

/** Of this side: several runs, the harness, its machine, its stores. */
export const harnessFaults: readonly RigFault[] = [
  {
    number: 44,
    title: 'Two runs on one board',
    codes: ['HIL_BOARD_BUSY', 'HIL_BOARD_FENCED'],
    verdict: infra,
    meaning:
      'The lock on the board lets one in; the other waits a minute and names the holder. Who was silent for so long that another took the board has his answers refused.',
    toDo: 'Look for the other run; the message has both holders.',
    provoked: 'a second holder on a real sshd',
  },
  {
    number: 46,
    title: 'Harness killed',
    codes: [],
    verdict: 'unknown for a case whose worker died; none for what had not begun',
    meaning:
      'Records are on the disk before anybody hears of them. The board frees itself when its link breaks.',
    toDo: 'Run again.',
    provoked: 'SIGKILL and SIGINT at random moments',
    test: {
      file: 'runners/faults/killed-harness.test.ts',
      name: 'boards are usable after the harness was killed',
    },
  },
  {
    number: 47,
    title: 'Disk of this machine full',
    codes: ['HIL_STORE_WRITE'],
    verdict: 'the run ends with exit code 3; what was reported is kept',
    meaning: 'A run that cannot keep its records must not go on.',
    toDo: 'Make room in the state folder, or move it with `state`.',
    provoked: 'a journal on /dev/full',
    test: { file: 'harness/pipeline/run-log.test.ts', name: 'a full disk ends the run (needs /dev/full)' },
  },
  {
    number: 48,
    title: 'This machine sleeps',
    codes: ['HIL_BOARD_FENCED'],
    verdict: infra,
    meaning: 'Who was silent for longer than a lock lasts gives the board up himself and takes it anew.',
    toDo: 'Do not let the machine sleep.',
    provoked: '`hil run` that is stopped by SIGSTOP for ten seconds, while another holder takes its board',
  },
  {
    number: 49,
    title: 'Lease store down at the start',
    codes: ['HIL_BOARDS_SET_ASIDE'],
    verdict: precluded,
    meaning:
      'Boards over SSH are leased from the history’s store too. Where it does not answer nothing is touched, and the cases say why.',
    toDo: 'Bring the database up, or name another with HIL_HISTORY.',
    provoked: 'a PostgreSQL server that is down',
  },
  {
    number: 50,
    title: 'Lease store down in the middle of a run',
    codes: ['HIL_BOARDS_SET_ASIDE'],
    verdict: `${noFault} for boards that the run has; for others ${precluded}`,
    meaning:
      'A board that the run has stays its own: the lock on the board keeps others away, and the lease is renewed when the store is back, unless another run has got it meanwhile. A board that it has to ask for is waited for as long as a lease holds (30 s). Records are in the journal.',
    toDo: 'Bring the database up; the next run, or `npx hil import`, brings the records in.',
    provoked: 'a PostgreSQL server that is killed under a run on a real sshd, and under `hil run`',
  },
  {
    number: 51,
    title: 'Lease store loses its last commit',
    codes: [],
    verdict: noFault,
    meaning:
      'Two runs may then both have the lease, with the same fence even. The lock on the board lets one in, and its own fence only rises. Who finds his lease gone when he renews it ends his case, leaves the board, and asks for it anew.',
    toDo: 'Nothing.',
    provoked: 'a PostgreSQL server that goes on from an older copy of its data, under a run on a real sshd',
  },
  {
    number: 59,
    title: 'Report cannot be written',
    codes: [],
    verdict: 'verdicts stay; the run says so and ends with exit code 3',
    meaning: 'The journal is the truth; reports can be made again from it.',
    toDo: 'Make the folder writable, then `npx hil report`.',
    provoked: 'reporters that throw',
    test: {
      file: 'harness/pipeline/run-log.test.ts',
      name: 'a reporter that throws is noted, hinders no other, and changes no record',
    },
  },
];
