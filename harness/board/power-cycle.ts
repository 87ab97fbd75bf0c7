import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cancellable } from '../cancellable.ts';
import { HilError } from '../hil-error.ts';
import type { PowerConfig } from '../project/ssh-board-config.ts';

/** The program that switches a board's power did not do its work. */
export class PowerHookError extends HilError {
  readonly code = 'HIL_BOARD_POWER';
  readonly owner = 'lab';
  override readonly retry = 'other-board';

  constructor(words: readonly string[], how: string) {
    super(`the power hook "${words.join(' ')}" ${how}`, {
      hint: 'Run it by hand; it must end with status 0 within a minute.',
    });
  }
}

const hookTimeoutMs = 60_000;
const shownBytes = 500;

/**
 * Switches a board off and on with the programs that its entry names.
 *
 * @throws {PowerHookError}
 */
export async function powerCycle(power: PowerConfig, { signal }: Cancellable): Promise<void> {
  if ('cycle' in power) return runHook(power.cycle, signal);
  await runHook(power.off, signal);
  await delay(power.pauseSeconds * 1000, undefined, { signal });
  // Whatever is called off meanwhile: a board is not left without power.
  await runHook(power.on, undefined);
}

function runHook([program = '', ...args]: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const words = [program, ...args];
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: hookTimeoutMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-shownBytes)));
    child.once('error', (error) => reject(new PowerHookError(words, `does not start: ${error.message}`)));
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve();
      else
        reject(
          new PowerHookError(
            words,
            `${killedBy === null ? `ended with status ${code}` : `was killed by ${killedBy}`}${said.trim() === '' ? '' : `: ${said.trim()}`}`,
          ),
        );
    });
  });
}
