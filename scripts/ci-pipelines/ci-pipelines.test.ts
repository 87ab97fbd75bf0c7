import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinySpec, wrongInput } from '../../harness/cli/e2e/tiny-project.ts';
import { packageFolder } from '../../harness/harness-version.ts';
import { program, skipUnlessMet } from '../../runners/machine-needs.ts';
import { ciMachine } from './ci-machine.ts';
import { githubPipeline } from './github-pipeline.ts';
import { gitlabPipeline } from './gitlab-pipeline.ts';
import { jenkinsPipeline } from './jenkins-pipeline.ts';
import { runPipeline, runScript } from './run-pipeline.ts';

const read = (name: string) => readFileSync(join(packageFolder, 'docs/ci', name), 'utf8');

const systems = [
  {
    file: 'github-actions.yml',
    parse: githubPipeline,
    page: 'https://github.example/team/nets/actions/runs/77',
    report: 'report',
  },
  {
    file: 'gitlab-ci.yml',
    parse: gitlabPipeline,
    page: 'https://gitlab.example/team/nets/-/pipelines/77',
    report: 'artifact pages/public',
  },
  {
    file: 'Jenkinsfile',
    parse: jenkinsPipeline,
    page: 'https://jenkins.example/job/precision/77/',
    report: 'report/public',
  },
] as const;

describe('the pipelines of docs/ci', { timeout: 300_000 }, () => {
  test.for(systems)(
    '$file: every shell line works, and a failing case reaches the report, the notification and the history',
    async ({ file, parse, page, report }, context) => {
      skipUnlessMet(context, program('bash'), program('curl'));
      await using machine = await ciMachine({ tiny: tinySpec('tiny'), wrong: tinySpec('wrong', wrongInput) });
      const pipeline = parse(read(file), machine.secrets, 77);

      const results = await runPipeline(pipeline, machine.places);

      const bad = results.filter(({ code }) => code !== 0);
      expect(pipeline.jobs.map(({ steps }) => steps.some(({ kind }) => kind === 'shell'))).not.toContain(
        false,
      );
      expect(bad.map(({ script, code }) => [code, script.includes('hil run specs --ci')])).toEqual(
        bad.map(() => [1, true]),
      );
      expect(bad.length, 'shards with a failing case').toBeGreaterThan(0);
      expect(readdirSync(join(machine.places.kept, report))).toContain('index.html');
      const [notification, ...others] = machine.notifications;
      expect(others).toEqual([]);
      expect(notification?.match(/^\d+ passed, \d+ failed, .*: run /gm)).toHaveLength(2);
      expect(notification).toContain(page);
      expect(notification).toContain('failed: wrong › up (virtual (simulated), SDK 1.7.5): top-1');
      expect(notification).toContain('Every result is simulated');
    },
  );

  test('the report of a later night knows the nights before it', async (context) => {
    skipUnlessMet(context, program('bash'), program('curl'));
    await using machine = await ciMachine({ tiny: tinySpec('tiny'), wrong: tinySpec('wrong', wrongInput) });
    const { kept } = machine.places;
    const night = (build: number) => gitlabPipeline(read('gitlab-ci.yml'), machine.secrets, build);

    await runPipeline(night(1), machine.places);
    await runPipeline(night(2), { ...machine.places, kept: `${kept}-later` });

    const before = ['1', '2'].flatMap((shard) =>
      readdirSync(join(kept, `artifact boards ${shard} of 2/.hil/runs`)),
    );
    const shown = readdirSync(join(`${kept}-later`, 'artifact pages/public/data/history'));
    expect(before).toHaveLength(2);
    expect(shown, 'the two shards of the first night').toHaveLength(1);
    expect(before.map((run) => `${run}.json`)).toContain(shown[0]);
  });

  test('every shell line of README.md works', async (context) => {
    skipUnlessMet(context, program('ssh-agent'), program('ssh-keygen'));
    await using machine = await ciMachine({ tiny: tinySpec('tiny') });
    const folder = machine.places.checkOut('README');
    const key = join(folder, '..', 'key');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const scripts = [...read('README.md').matchAll(/^```sh\n(.*?)^```/gms)].map(([, script]) => script!);
    const env = {
      ...machine.places.env,
      HIL_BOARD_KEY: readFileSync(key, 'utf8').trimEnd(),
      HIL_ACCEPTED_RUN: 'latest',
    };
    await runScript('npm ci', ['sh'], folder, env);

    const results: { readonly script: string; readonly code: number | null; readonly output: string }[] = [];
    for (const script of scripts)
      results.push({ script, ...(await runScript(script, ['bash', '-e'], folder, env)) });

    expect(scripts).toHaveLength(4);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(existsSync(join(folder, 'acceptance/acceptance.md'))).toBe(true);
  });
});
