import { CommandRunner } from '../../runners/command/command-runner.ts';
import { configContext } from '../../runners/ssh/inventory/config-context.ts';
import { sshTargets } from '../../runners/ssh/inventory/ssh-targets.ts';
import { SshRunner } from '../../runners/ssh/ssh-runner.ts';
import type { Npu } from '../../runners/virtual/npu.ts';
import { isSimulatedSdk, personalities } from '../../runners/virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../runners/virtual/npu/simulated-npu.ts';
import { ContainerRunner } from '../../runners/virtual/container/container-runner.ts';
import { VirtualRunner } from '../../runners/virtual/virtual-runner.ts';
import type { Board } from '../board/board.ts';
import { type Canary, type CanaryReport, runCanary } from '../board/canary.ts';
import type { Target } from '../board/choose-target.ts';
import type { Runner } from '../board/session.ts';
import { loadCanary } from '../board/stored-canary.ts';
import type { RunBy } from '../pipeline/session-pool.ts';
import { InternalError } from '../hil-error.ts';
import type { SshBoardConfig } from '../project/config.ts';
import type { Project } from '../project/project.ts';
import type { InjectedFault } from '../reference/npu-format/round-layers.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import { faultsOf } from './board-faults.ts';
import { imageOf } from './board-image.ts';

/** Which runner reaches which board, and each board's canary. Nothing is started before it is used. */
export class BoardRunners implements AsyncDisposable {
  readonly #project: Project;
  readonly #engine: ReferenceEngine;
  readonly #overSsh: readonly SshBoardConfig[];
  readonly #virtual: VirtualRunner;
  readonly #containers: ContainerRunner;
  readonly #ssh: SshRunner;
  readonly #commands: CommandRunner;

  constructor(project: Project, engine: ReferenceEngine) {
    this.#project = project;
    this.#engine = engine;
    this.#overSsh = project.config.boards.filter((board) => board.kind === 'ssh');
    const npuFor = (sdk: string, fault?: InjectedFault): Npu => {
      if (!isSimulatedSdk(sdk)) throw new InternalError(`the virtual board has no personality ${sdk}`);
      return createSimulatedNpu({ engine, personality: { ...personalities[sdk], fault } });
    };
    this.#virtual = new VirtualRunner({ npuFor, faultsOf: (board) => faultsOf(project, board) });
    this.#containers = new ContainerRunner({
      npuFor: (sdk) => npuFor(sdk),
      imageOf: (board) => imageOf(project, board.name),
    });
    const overSsh = sshTargets(this.#overSsh, configContext(project.root));
    this.#ssh = new SshRunner(overSsh);
    this.#commands = new CommandRunner(async (board, sdk, options) => {
      if (board.runner === 'ssh') return overSsh(board, sdk, options);
      return board.runner === 'container'
        ? (await this.#containers.boardOf(board, options)).target(sdk)
        : this.#virtual.boardOf(board, sdk);
    });
  }

  readonly runnerOf = ({ runner }: Board, by: RunBy = 'device-runner'): Runner => {
    if (by === 'command') return this.#commands;
    if (runner === 'ssh') return this.#ssh;
    return runner === 'container' ? this.#containers : this.#virtual;
  };

  /** Runs the canary of a board on it. A board that has none is not shown to be fit. */
  async runCanary(target: Target, signal: AbortSignal | undefined): Promise<CanaryReport> {
    const canary = await this.canaryOf(target.board);
    if (canary) return runCanary(this.runnerOf(target.board), target, canary, { signal });
    return {
      passed: false,
      message: `no canary model is configured for ${target.board.name}, so nothing shows that the board is fit`,
    };
  }

  /** @returns undefined for a real board whose entry names none. */
  async canaryOf({ name, simulated }: Board): Promise<Canary | undefined> {
    const configured = this.#overSsh.find((board) => board.name === name)?.canary;
    if (configured) return loadCanary(configured, this.#project.root);
    if (!simulated) return undefined;
    // Seldom needed, and the converter that makes its model is large.
    const { virtualCanary } = await import('../../runners/virtual/virtual-canary.ts');
    return virtualCanary(this.#engine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#virtual[Symbol.asyncDispose]();
    await this.#containers[Symbol.asyncDispose]();
  }
}
