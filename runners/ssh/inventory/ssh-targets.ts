import type { Board } from '../../../harness/board/board.ts';
import { InternalError } from '../../../harness/hil-error.ts';
import type { SshBoardConfig } from '../../../harness/project/config.ts';
import { durationMs } from '../../../harness/spec/duration-ms.ts';
import type { ConnectOptions } from '../connect.ts';
import { deploy } from '../deploy/deploy.ts';
import { librariesForPrograms } from '../deploy/libraries-for-programs.ts';
import type { SshTarget, TargetOf } from '../ssh-runner.ts';
import { addressOf } from './address-of.ts';
import type { ConfigContext } from './config-context.ts';

/** How the boards of hil.config.yaml are reached, and what is started there. */
export function sshTargets(boards: readonly SshBoardConfig[], context: ConfigContext): TargetOf {
  return ({ name }: Board, sdk: string): Promise<SshTarget> => {
    const board = boards.find((candidate) => candidate.name === name);
    if (board === undefined) return Promise.reject(new InternalError(`no board over SSH is called ${name}`));
    return Promise.resolve({
      address: addressOf(board, context),
      command: (reached, options) => deploy(reached, board, sdk, context, options),
      librariesForPrograms: (reached, options) => librariesForPrograms(reached, board, sdk, context, options),
      limits: limitsOf(board),
      room: roomOf(board),
      notes: notesOf(board),
      shared: true,
    });
  };
}

const mebibyte = 1024 ** 2;

export const roomOf = ({ limits }: SshBoardConfig) => ({
  minFreeBytes: limits.minFreeMiB * mebibyte,
  maxCacheBytes: (limits.maxCacheMiB ?? Infinity) * mebibyte,
});

/** What weakens the way to the board. */
function notesOf({ algorithms, jump = [] }: SshBoardConfig): string[] {
  const old = [
    ...(algorithms ? ['the board'] : []),
    ...jump.flatMap((hop) => (typeof hop !== 'string' && hop.algorithms ? [`jump host ${hop.host}`] : [])),
  ];
  return old.length === 0 ? [] : [`old SSH algorithms are allowed for ${old.join(' and ')}`];
}

/** The limits that the entry sets; the others have defaults. */
export function limitsOf({
  limits,
}: SshBoardConfig): Omit<ConnectOptions, 'signal'> & { helloTimeoutMs?: number } {
  const ms = (key: string, text: string | undefined) =>
    text === undefined ? {} : { [key]: durationMs(text) };
  return {
    ...ms('connectTimeoutMs', limits.connectTimeout),
    ...ms('handshakeTimeoutMs', limits.handshakeTimeout),
    ...ms('helloTimeoutMs', limits.helloTimeout),
  };
}
