import { relative } from 'node:path';
import { plainTable } from '../../../reports/console/plain-table.ts';
import type { ConversionResult } from '../../convert/convert-models.ts';
import { planCases } from '../../pipeline/plan-cases.ts';
import { relativePath } from '../../project/path-in-project.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { convertFor } from '../convert-for.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

export interface ConvertCommandOptions {
  readonly sdk?: readonly string[];
  readonly again?: true;
  readonly json?: true;
}

/** `hil convert`: makes the models that specs are to be run with, and says where they are. No board is touched. */
export async function convertCommand(
  words: readonly string[],
  options: ConvertCommandOptions,
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const sdks = options.sdk ?? project.config.matrix;
  const planned = await planCases(project, boardsOf(project), { cwd: io.cwd, words, sdks }, importSpecModule);
  let results: readonly ConversionResult[] = [];
  const done = await convertFor(planned, project, io, {
    again: options.again,
    onResults: (made) => (results = made),
  });
  if (done === undefined) return exitCodes.interrupted;
  const told = results.map((result) => describe(result, project));
  if (options.json) io.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`);
  else if (told.length === 0)
    io.stdout.write('none of these specs has a model to convert (model.board.convert)\n');
  else
    io.stdout.write(
      `${plainTable(
        ['spec', 'SDK', 'toolkit', 'model', ''].map((title) => ({ title })),
        told.map(({ specs, sdk, toolkit, path, cached }) => [
          specs.join(', '),
          sdk,
          toolkit,
          relative(io.cwd, `${project.root}/${path}`),
          cached ? 'from the cache' : 'converted now',
        ]),
      ).join('\n')}\n`,
    );
  return exitCodes.ok;
}

const describe = ({ conversion, model, specs }: ConversionResult, project: Project) => ({
  specs,
  sdk: conversion.sdk,
  toolkit: model.toolkit,
  path: relativePath(project.root, model.path),
  sha256: model.sha256,
  bytes: model.bytes,
  cached: model.cached,
});
