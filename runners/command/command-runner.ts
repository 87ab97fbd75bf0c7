import type { Board } from '../../harness/board/board.ts';
import type { BoardSession, Runner, SessionOptions } from '../../harness/board/session.ts';
import type { Cancellable } from '../../harness/cancellable.ts';
import { conditionOf } from '../ssh/board-care/board-condition.ts';
import { type BoardFacts, probeBoard } from '../ssh/board-probe.ts';
import { connect } from '../ssh/connect.ts';
import { exec } from '../ssh/exec.ts';
import { BoardLock } from '../ssh/lock/board-lock.ts';
import { FencedSession } from '../ssh/lock/fenced-session.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { environmentOf, type SshRunnerOptions, type SshTarget, type TargetOf } from '../ssh/ssh-runner.ts';
import { BoardCache } from '../ssh/upload.ts';
import { CommandSession, type CommandStart } from './command-session.ts';

/** Runs models by programs of a team's own, on any board that is reached over SSH. */
export class CommandRunner implements Runner {
  readonly name = 'command';
  readonly #targetOf: TargetOf;
  readonly #limits: SshRunnerOptions;

  /** @param targetOf - Only the way to the board is used; no device runner is started. */
  constructor(targetOf: TargetOf, limits: SshRunnerOptions = {}) {
    this.#targetOf = targetOf;
    this.#limits = limits;
  }

  async open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession> {
    options.onProgress?.({ step: 'connect' });
    const { signal } = options;
    const target = await this.#targetOf(board, sdk, { signal });
    const connection = await connect(target.address, { ...this.#limits, ...target.limits, signal });
    try {
      const { start, facts } = await lookAround(connection, target, { signal });
      const { workFolder, cache } = start;
      const lock = target.shared ? await BoardLock.acquire(connection, { workFolder, signal }) : undefined;
      const libraries =
        facts &&
        (await target.librariesForPrograms?.(
          { connection, facts, cache, lock },
          { signal, onProgress: (bytes) => options.onProgress?.({ step: 'upload', bytes }) },
        ));
      const session = new CommandSession(board, sdk, {
        ...start,
        variables: libraries?.environment,
        environment: facts && environmentOf(facts, libraries ?? {}),
      });
      if (lock === undefined) return session;
      return new FencedSession(session, lock, (asked) => conditionOf(connection, workFolder, asked));
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** A board whose device runner is deployed has to be asked first what it is; of the others that is known. */
async function lookAround(
  connection: SshConnection,
  { address: { workFolder }, command, room, notes = [] }: SshTarget,
  options: Cancellable,
): Promise<{ readonly start: CommandStart; readonly facts?: BoardFacts }> {
  if (typeof command === 'function') {
    const facts = await probeBoard(connection, workFolder, options);
    const cache = new BoardCache(connection, { ...facts, ...room });
    return { start: { ...facts, connection, cache, notes: [...notes, ...facts.notes] }, facts };
  }
  const { stdout } = await exec(
    connection,
    'cat /proc/sys/kernel/random/boot_id; uname -sr; uname -m',
    options,
  );
  const [bootId = '', kernel = '', machine = ''] = stdout.toString('utf8').split('\n');
  const cache = new BoardCache(connection, { workFolder, bootId });
  return { start: { connection, cache, workFolder, bootId, kernel, machine, notes } };
}
