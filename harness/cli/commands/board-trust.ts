import { createInterface } from 'node:readline/promises';
import { findUnknownKey, type UnknownKey } from '../../../runners/ssh/board-care/unknown-key.ts';
import { addressOf, pinNameOf } from '../../../runners/ssh/inventory/address-of.ts';
import {
  knownBoardsFileName,
  pinHostKeys,
  type PinOwner,
} from '../../../runners/ssh/inventory/known-boards.ts';
import { limitsOf } from '../../../runners/ssh/inventory/ssh-targets.ts';
import { loadProject } from '../../project/project.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { BoardChoiceError, contextOf, sshEntryOf } from './board-entry.ts';

export interface TrustOptions {
  /** Accept without asking, but only these fingerprints. */
  readonly yes?: true;
  readonly fingerprint?: readonly string[];
}

/** More machines than this are on no way to a board. */
const mostHops = 8;

/** `hil board trust`: shows the host keys on the way to a board that are not pinned, and pins them after a yes. */
export async function boardTrustCommand(name: string, options: TrustOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const entry = sshEntryOf(project, name);
  const limits = limitsOf(entry);
  for (let hop = 0; hop < mostHops; hop++) {
    const address = addressOf(entry, contextOf(project, io));
    const unknown = await findUnknownKey(address, { ...limits, signal: io.signal });
    if (unknown === undefined) break;
    const isBoard = unknown.endpoint.name === address.name;
    const owner: PinOwner = isBoard
      ? { kind: 'boards', name }
      : { kind: 'jump', name: pinNameOf(unknown.endpoint) };
    io.stdout.write(shown(unknown));
    if (!(await accepted(unknown, options, io))) {
      io.stdout.write('Nothing is pinned.\n');
      return exitCodes.broken;
    }
    pinHostKeys(project.root, owner, [unknown.found]);
    io.stdout.write(`Pinned in ${knownBoardsFileName}.\n`);
    const configured = isBoard ? entry.hostKeys : [];
    if (configured.length > 0) {
      io.stdout.write('Remove the old key from hostKeys in hil.config.yaml: it is still accepted.\n');
    }
  }
  io.stdout.write(`The host key of ${name} is pinned.\n`);
  return exitCodes.ok;
}

function shown({ endpoint: { name, host, port }, found, pinned }: UnknownKey): string {
  const old =
    pinned.length === 0
      ? 'No key is on record.\n'
      : `ON RECORD IS ANOTHER KEY:\n  ${pinned.join('\n  ')}\nWas the board flashed again? If nobody knows why its key has changed, somebody may be in between.\n`;
  return `${name} (${host}:${port}) shows the host key\n  ${found}\n${old}The board’s own console prints its keys with: for key in /etc/ssh/*.pub; do ssh-keygen -lf $key; done (dropbear: dropbearkey -y -f …)\n`;
}

async function accepted({ found }: UnknownKey, options: TrustOptions, io: Io): Promise<boolean> {
  if (options.fingerprint?.includes(found)) return true;
  if (options.fingerprint) {
    io.stdout.write(`It is not ${options.fingerprint.join(' or ')}.\n`);
    return false;
  }
  if (options.yes || io.stdin?.isTTY !== true) {
    throw new BoardChoiceError(
      'a host key is pinned by a person who has compared it, or with --fingerprint',
      {
        hint: `Compare it, then: npx hil board trust <board> --yes --fingerprint ${found}`,
      },
    );
  }
  const asking = createInterface({ input: io.stdin, output: io.stderr as NodeJS.WritableStream });
  try {
    const answer = await asking.question('Is it the same? Type yes to pin it: ', { signal: io.signal });
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    asking.close();
  }
}
