import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { folderGoneStatus, runVariable, superviseScript, sweepScript } from '../../command/supervise.ts';
import { type Program, type ProgramCall, readInput } from './shell.ts';

/** The commands that an embedded board has, in the manner of busybox; options are those that the harness uses. */
export const shellPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['true', () => 0],
  ['false', () => 1],
  ['sync', () => 0],
  ['echo', echo],
  ['cat', cat],
  ['wc', wc],
  ['sha256sum', sha256sum],
  ['ls', ls],
  ['mkdir', ({ args, system }) => forEachPath(args, (path) => system.files.makeFolder(path))],
  ['touch', ({ args, system }) => forEachPath(args, (path) => system.files.append(path, new Uint8Array(0)))],
  ['rm', rm],
  ['mv', mv],
  ['cp', cp],
  ['ln', ln],
  ['chmod', ({ args: [, ...paths], system }) => forEachPath(paths, (path) => system.files.sizeOf(path))],
  ['export', exportVariables],
  ['sh', sh],
  ['test', ({ args, system }) => test(args, system)],
  ['[', ({ args, system }) => test(args.slice(0, -1), system)],
  ['df', df],
  ['uname', uname],
  ['kill', kill],
  ['sleep', sleep],
]);

const isOption = (argument: string): boolean => /^-[a-zA-Z]/.test(argument);

function forEachPath(args: readonly string[], act: (path: string) => void): number {
  for (const path of args.filter((argument) => !isOption(argument))) act(path);
  return 0;
}

function echo({ args, stdout }: ProgramCall): number {
  stdout.write(`${args.join(' ')}\n`);
  return 0;
}

async function cat({ args, stdin, stdout, system }: ProgramCall): Promise<number> {
  for (const path of args) stdout.write(system.files.read(path));
  if (args.length === 0) await readInput(stdin, (chunk) => void stdout.write(chunk));
  return 0;
}

/** Only `wc -c`. */
async function wc({ args, stdin, stdout, system }: ProgramCall): Promise<number> {
  const paths = args.filter((argument) => !isOption(argument));
  for (const path of paths) stdout.write(`${system.files.sizeOf(path)} ${path}\n`);
  if (paths.length > 0) return 0;
  let bytes = 0;
  await readInput(stdin, (chunk) => void (bytes += chunk.length));
  stdout.write(`${bytes}\n`);
  return 0;
}

function sha256sum({ args, stdout, system }: ProgramCall): number {
  for (const path of args) {
    stdout.write(`${createHash('sha256').update(system.files.read(path)).digest('hex')}  ${path}\n`);
  }
  return 0;
}

function ls({ args, stdout, system }: ProgramCall): number {
  const [path = '/'] = args.filter((argument) => !isOption(argument));
  const names = system.files.kindOf(path) === 'file' ? [path] : system.files.list(path);
  stdout.write(names.map((name) => `${name}\n`).join(''));
  return 0;
}

function rm({ args, system: { files } }: ProgramCall): number {
  const force = args.some((argument) => isOption(argument) && argument.includes('f'));
  return forEachPath(args, (path) => {
    if (!force || files.kindOf(path) !== undefined) files.remove(path);
  });
}

function mv({ args, system }: ProgramCall): number {
  const [from = '', to = ''] = args.filter((argument) => !isOption(argument));
  system.files.rename(from, to);
  return 0;
}

function cp({ args, system: { files } }: ProgramCall): number {
  const [from = '', to = ''] = args.filter((argument) => !isOption(argument));
  const bytes = Uint8Array.from(files.read(from));
  files.create(to);
  files.write(to, 0, bytes);
  return 0;
}

/** Only `ln -s`, to a file. */
function ln({ args, system: { files } }: ProgramCall): number {
  const [from = '', to = ''] = args.filter((argument) => !isOption(argument));
  files.link(from, to);
  return 0;
}

function exportVariables({ args, process }: ProgramCall): number {
  Object.assign(process.environment, variablesIn(args));
  return 0;
}

const variablesIn = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2) as [string, string]));

/** Only the scripts that are known here, by their text: their sense is the board's own. */
async function sh(call: ProgramCall): Promise<number> {
  const [option, script, , ...words] = call.args;
  if (option === '-c' && script === sweepScript) return sweep(call, words);
  if (option === '-c' && script === superviseScript) return supervise(call, words);
  call.stderr.write('sh: only the scripts of the harness run on an embedded board\n');
  return 2;
}

function sweep({ system: { processes } }: ProgramCall, [run]: readonly string[]): number {
  const marked = processes.running.filter(({ environment }) => environment[runVariable] === run);
  for (const { pid } of marked) processes.kill(pid, 'KILL');
  return 0;
}

async function supervise(
  { run, stdin, stdout, system, process }: ProgramCall,
  [folder = '', , count = '0', ...rest]: readonly string[],
): Promise<number> {
  if (system.files.kindOf(folder) !== 'folder') return folderGoneStatus;
  // A connection that goes takes the program with it.
  stdin.once('close', () => system.processes.kill(process.pid, 'KILL'));
  stdin.resume();
  const environment = variablesIn(rest.slice(0, Number(count)));
  const status = await run(rest.slice(Number(count)), { stdin: Readable.from([]), environment });
  stdout.write(`\nhil-end=${process.environment[runVariable]} ${status}\n`);
  return status;
}

function test([operator = '', operand = '']: readonly string[], { files }: ProgramCall['system']): number {
  const kind = files.kindOf(operand);
  const holds: Readonly<Record<string, boolean>> = {
    '-e': kind !== undefined,
    '-f': kind === 'file',
    '-d': kind === 'folder',
    '-s': kind === 'file' && files.sizeOf(operand) > 0,
    '-w': kind !== undefined && !files.readOnly,
    '-n': operand !== '',
    '-z': operand === '',
  };
  return holds[operator] === undefined ? 2 : holds[operator] ? 0 : 1;
}

function df({ stdout, system: { files } }: ProgramCall): number {
  const kib = (bytes: number): number => Math.floor(bytes / 1024);
  const total = kib(files.capacityBytes);
  const used = kib(files.usedBytes);
  const share = total === 0 ? 100 : Math.ceil((used / total) * 100);
  stdout.write('Filesystem           1024-blocks    Used Available Capacity Mounted on\n');
  stdout.write(`memory               ${total} ${used} ${Math.max(0, total - used)} ${share}% /\n`);
  return 0;
}

function uname({ args, stdout, system }: ProgramCall): number {
  const release = Buffer.from(system.files.read('/proc/sys/kernel/osrelease')).toString('utf8').trim();
  const all = { s: 'Linux', n: 'virtual-board', r: release, m: 'aarch64' };
  const wanted = args.join('').replaceAll('-', '') || 's';
  const letters = wanted.includes('a') ? 'snrm' : wanted;
  const words = Object.entries(all).filter(([letter]) => letters.includes(letter));
  stdout.write(`${words.map(([, word]) => word).join(' ')}\n`);
  return 0;
}

const signalNames: Readonly<Record<string, string>> = { '9': 'KILL', '11': 'SEGV', '15': 'TERM' };

function kill({ args, stderr, system: { processes } }: ProgramCall): number {
  const hasSignal = args.length > 1 && args[0]!.startsWith('-');
  const signal = hasSignal ? args[0]!.slice(1) : '15';
  let status = 0;
  for (const target of hasSignal ? args.slice(1) : args) {
    if (target === '--') continue;
    const pid = Number(target);
    if (signal === '0' ? processes.get(Math.abs(pid)) : processes.kill(pid, signalNames[signal] ?? signal))
      continue;
    stderr.write(`sh: can't kill pid ${target}: No such process\n`);
    status = 1;
  }
  return status;
}

async function sleep({ args: [seconds = '0'], process }: ProgramCall): Promise<number> {
  await setTimeout(Number(seconds) * 1000, undefined, { signal: process.signal }).catch(() => undefined);
  return 0;
}
