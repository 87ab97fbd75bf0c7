import type { Board } from '../../../harness/board/board.ts';
import { InternalError } from '../../../harness/hil-error.ts';
import type { SshBoardConfig } from '../../../harness/project/config.ts';
import { durationMs } from '../../../harness/spec/resolve-spec.ts';
import type { ConnectOptions } from '../connect.ts';
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
      command: commandOf(board, sdk),
      limits: limitsOf(board),
    });
  };
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

function commandOf({ runner, libraries }: SshBoardConfig, sdk: string): string[] {
  const program = runner && 'path' in runner ? runner.path : 'hil-npu-run';
  const library = libraries?.[sdk];
  return [program, ...(typeof library === 'string' ? ['--library', library] : [])];
}
