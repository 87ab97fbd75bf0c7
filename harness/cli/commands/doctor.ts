import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gte } from 'semver';
import { ContainerEngineError } from '../../../runners/virtual/container/container-error.ts';
import { HilError, reportError } from '../../hil-error.ts';
import { harnessVersion } from '../../harness-version.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { prepareRun } from '../../vitest/prepare-run.ts';
import { workerServices } from '../../vitest/worker-services.ts';
import { decodePicture } from '../../input/decode-picture.ts';
import { explainFileError } from '../file-access-error.ts';
import { checkEngine } from '../check-engine.ts';
import { planChosenCases } from '../plan-chosen-cases.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

const oldestNode = '20.19.0';

/** A 1x1 PNG, to see that pictures can be decoded on this machine. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

/** A board that does not give the canary model's known answer. */
export class BoardUnfitError extends HilError {
  readonly code = 'HIL_BOARD_UNFIT';
  readonly owner = 'lab';

  constructor(message: string) {
    super(message, { hint: 'Reboot the board, check its driver, then run `npx hil doctor` again.' });
  }
}

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `hil doctor`: looks at everything a run needs, each on its own, and says what to do about what is missing. */
export async function doctorCommand(options: { readonly json?: true }, io: Io): Promise<ExitCode> {
  const findings: Finding[] = [];
  const note = (finding: Finding) => {
    findings.push(finding);
    if (!options.json)
      io.stdout.write(
        `${finding.ok ? 'ok   ' : 'WRONG'}  ${finding.check}: ${finding.message}\n${finding.hint === undefined ? '' : `       next: ${finding.hint}\n`}`,
      );
  };
  const check = async (name: string, work: () => Promise<string> | string) => {
    try {
      note({ check: name, ok: true, message: await work() });
      return true;
    } catch (thrown) {
      const { message, hint } = reportError(explainFileError(thrown));
      note({ check: name, ok: false, message, hint });
      return false;
    }
  };

  note({ check: 'hil', ok: true, message: harnessVersion });
  const node = process.versions.node;
  const nodeOk = gte(node, oldestNode);
  note({
    check: 'Node',
    ok: nodeOk,
    message: node,
    hint: nodeOk ? undefined : `Install Node ${oldestNode} or later.`,
  });
  await check(
    'pictures',
    async () => `decodes PNG (${(await decodePicture(picture, 'built-in picture')).channels} channels)`,
  );

  const engineOk = await check('reference engine', async () => `${await checkEngine()} computes`);

  let project: Project | undefined;
  await check('project', () => {
    project = loadProject(io.cwd);
    return project.root;
  });
  if (project) {
    const found = project;
    await check('state folder', () => writable(found.stateFolder));
    await check('specs', async () => {
      const planned = await planChosenCases(found, [], { ...io, cwd: found.root });
      const files = new Set(planned.map((entry) => entry.case.spec.file)).size;
      return `${count(planned.length, 'case')} in ${count(files, 'spec file')}`;
    });
    // The canary's answer comes from the engine, so without it every board would seem broken.
    if (engineOk) await checkBoards(found, io, check);
  }
  if (options.json) io.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  return findings.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.broken;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

async function writable(folder: string): Promise<string> {
  const probe = join(folder, 'doctor.tmp');
  await mkdir(folder, { recursive: true });
  await writeFile(probe, '');
  await rm(probe);
  return `${folder} can be written`;
}

/** Runs the canary model on every board and SDK: engine, SSH, protocol and board in one. */
async function checkBoards(
  project: Project,
  io: Io,
  check: (name: string, work: () => Promise<string>) => Promise<boolean>,
): Promise<void> {
  await using services = workerServices(prepareRun(project, {}).settings);
  for (const board of boardsOf(project)) {
    for (const sdk of board.sdks) {
      await check(`board ${board.name} (SDK ${sdk}${board.simulated ? ', simulated' : ''})`, async () => {
        try {
          const { passed, message } = await services.cases.runCanary({ board, sdk }, io.signal);
          if (!passed) throw new BoardUnfitError(message);
          return 'the canary model passes';
        } catch (error) {
          // Without an engine the boards in containers are no use, and nothing is wrong.
          if (!(error instanceof ContainerEngineError)) throw error;
          return 'left out, since no container engine answers';
        }
      });
    }
  }
}
