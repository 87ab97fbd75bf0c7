import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { plainEnvironment } from '../../harness/cli/e2e/hil-process.ts';
import { tinyProject } from '../../harness/cli/e2e/tiny-project.ts';
import { packageFolder } from '../../harness/harness-version.ts';
import type { PipelinePlaces } from './run-pipeline.ts';

/** A self-hosted runner with a project, and somebody who receives notifications. */
export interface CiMachine extends AsyncDisposable {
  readonly places: PipelinePlaces;
  readonly secrets: Readonly<Record<string, string>>;
  /** Texts that were posted to HIL_NOTIFY_URL. */
  readonly notifications: readonly string[];
}

/** @param specs - As for {@link tinyProject}. */
export async function ciMachine(specs: Readonly<Record<string, object>>): Promise<CiMachine> {
  const root = mkdtempSync(join(tmpdir(), 'hil-ci-'));
  const project = tinyProject(specs, { 'hil.config.yaml': 'acceptance: { minInputs: 2 }\n' });
  const programs = join(root, 'bin');
  mkdirSync(programs);
  // What `npm ci` would install is there already: this very package.
  writeFileSync(
    join(programs, 'npm'),
    `#!/bin/sh\n[ "$*" = ci ] && cp -RP '${project.path('node_modules')}' . && mkdir node_modules/.bin && ln -s '${packageFolder}/bin/hil.js' node_modules/.bin/hil\n`,
  );
  chmodSync(join(programs, 'npm'), 0o755);

  const notifications: string[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    notifications.push((JSON.parse(await text(request)) as { text: string }).text);
    response.end();
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  let jobs = 0;
  return {
    notifications,
    secrets: { HIL_BOARD_PASSWORD: 'not asked for', HIL_NOTIFY_URL: `http://127.0.0.1:${port}/` },
    places: {
      kept: join(root, 'kept'),
      checkOut: () => {
        const folder = join(root, `job-${++jobs}`, 'checkout');
        cpSync(project.root, folder, {
          recursive: true,
          filter: (source) => source !== project.path('node_modules'),
        });
        return folder;
      },
      env: {
        ...plainEnvironment(),
        PATH: `${programs}:${process.env['PATH'] ?? ''}`,
        HIL_HISTORY: join(root, 'history.sqlite'),
        GITHUB_STEP_SUMMARY: join(root, 'summary.md'),
      },
    },
    async [Symbol.asyncDispose]() {
      await new Promise((done) => server.close(done));
      project[Symbol.dispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
