import pc from 'picocolors';
import { lookAtBoard } from '../../../runners/ssh/board-care/look-at-board.ts';
import { probeBoard } from '../../../runners/ssh/board-probe.ts';
import { connect } from '../../../runners/ssh/connect.ts';
import { addressOf } from '../../../runners/ssh/inventory/address-of.ts';
import { usesVendorPassword } from '../../../runners/ssh/inventory/vendor-passwords.ts';
import { limitsOf } from '../../../runners/ssh/inventory/ssh-targets.ts';
import type { Board } from '../../board/board.ts';
import type { Finding } from '../../board/board-look.ts';
import { judgeLook } from '../../board/judge-look.ts';
import { reportError } from '../../hil-error.ts';
import type { SshBoardConfig } from '../../project/config.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { BoardRunners } from '../../vitest/board-runners.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { contextOf, entryOf } from './board-entry.ts';

interface CheckedBoard {
  readonly board: string;
  readonly findings: readonly Finding[];
}

/** `hil board check`: looks at boards one after the other, runs their canaries, and says what to do. */
export async function boardCheckCommand(
  names: readonly string[],
  options: { readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  for (const name of names) if (name !== 'virtual') entryOf(project, name);
  const boards = boardsOf(project).filter(({ name }) => names.length === 0 || names.includes(name));
  await using runners = new BoardRunners(project, createOnnxRuntimeEngine());
  const checked: CheckedBoard[] = [];
  for (const board of boards) {
    io.signal.throwIfAborted();
    if (!options.json) io.stdout.write(`${board.name}\n`);
    const findings: Finding[] = [];
    for await (const finding of checkBoard(project, board, runners, io)) {
      findings.push(finding);
      if (!options.json) io.stdout.write(printed(finding, io));
    }
    checked.push({ board: board.name, findings });
  }
  if (options.json) io.stdout.write(`${JSON.stringify(checked, undefined, 2)}\n`);
  const failed = checked.some(({ findings }) => findings.some(({ level }) => level === 'fail'));
  return failed ? exitCodes.broken : exitCodes.ok;
}

async function* checkBoard(
  project: Project,
  board: Board,
  runners: BoardRunners,
  io: Io,
): AsyncGenerator<Finding> {
  const entry = project.config.boards.find(({ name }) => name === board.name);
  if (entry?.kind === 'ssh') {
    try {
      yield* await lookOver(project, entry, io);
    } catch (thrown) {
      io.signal.throwIfAborted();
      yield failureOf('connection', thrown);
      return;
    }
  }
  yield* checkCanary(board, runners, io);
}

async function lookOver(project: Project, entry: SshBoardConfig, io: Io): Promise<Finding[]> {
  const { signal } = io;
  const address = addressOf(entry, contextOf(project, io));
  await using connection = await connect(address, { ...limitsOf(entry), signal });
  const facts = await probeBoard(connection, entry.workFolder, { signal });
  const libraries = Object.values(entry.libraries ?? {}).filter((library) => typeof library === 'string');
  const look = await lookAtBoard(connection, facts, libraries, { signal });
  return [
    ...judgeLook(look, { ...entry, ...entry.limits, configuredWorkFolder: entry.workFolder }),
    ...weaknesses(entry, address.credentials),
  ];
}

function weaknesses(
  { algorithms }: SshBoardConfig,
  credentials: Parameters<typeof usesVendorPassword>[0],
): Finding[] {
  const findings: Finding[] = [];
  if (algorithms) {
    findings.push({
      check: 'security',
      level: 'warn',
      message: 'old SSH algorithms are allowed for this board',
      hint: 'Keep it in a network of its own, and update its SSH server when you can.',
    });
  }
  if (usesVendorPassword(credentials)) {
    findings.push({
      check: 'security',
      level: 'warn',
      message: 'the password is the one that the vendor ships, which everybody knows',
      hint: 'Put a key into authorized_keys on the board, set another password with passwd, and use credentials: [{ key: … }].',
    });
  }
  return findings;
}

async function* checkCanary(board: Board, runners: BoardRunners, { signal }: Io): AsyncGenerator<Finding> {
  for (const sdk of board.sdks) {
    const check = `canary, SDK ${sdk}`;
    try {
      if ((await runners.canaryOf(board)) === undefined) {
        yield {
          check,
          level: 'warn',
          message: 'not run: the board’s entry names no canary, so nothing shows that it computes rightly',
          hint: 'Add canary: { model, input, expected } to its entry: a small model, and the answers of a board that is known to be good.',
        };
        return;
      }
      const { passed, message } = await runners.runCanary({ board, sdk }, signal);
      yield passed
        ? { check, level: 'ok', message: 'the model with a known answer gives it' }
        : { check, level: 'fail', message, hint: 'Reboot the board, check its driver, then run this again.' };
    } catch (thrown) {
      signal.throwIfAborted();
      yield failureOf(check, thrown);
    }
  }
}

function failureOf(check: string, thrown: unknown): Finding {
  const { message, hint } = reportError(thrown);
  return { check, level: 'fail', message, hint };
}

function printed({ check, level, message, hint }: Finding, { env, stdout }: Io): string {
  const { green, yellow, red } = pc.createColors(stdout.isTTY === true && !env['NO_COLOR']);
  const word = { ok: green('ok  '), warn: yellow('warn'), fail: red('FAIL') }[level];
  return `  ${word}  ${check}: ${message}\n${hint === undefined ? '' : `        next: ${hint}\n`}`;
}
