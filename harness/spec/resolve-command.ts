import { basename } from 'node:path';
import type { Limits, Tolerance } from '../compare/tolerance.ts';
import { needsWholeOutput } from '../compare/listed-limits.ts';
import type { Project } from '../project/project.ts';
import type { ResolvedCommand, ResolvedSpec } from './case.ts';
import { type CommandOutput, listsSomeValues } from './command.ts';
import { type Complain, resolveFile } from './resolve-inputs.ts';
import type { Spec } from './schema.ts';

/** Names that the harness itself uses in the folder that a program runs in. */
const ownNames = /^(?:model\.rknn|input\.\w+|out)$/;

/** Finds the local files of a command and makes sure that each has a name of its own on the board. */
export function resolveCommand(
  spec: Spec,
  specFile: string,
  project: Project,
  complain: Complain,
): ResolvedCommand | undefined {
  const { command } = spec;
  if (command === undefined) return undefined;
  const local = (path: string, where: string): string =>
    resolveFile(path, specFile, project, where, complain) ?? path;
  const taken = new Set<string>();
  const claim = (name: string, where: string): string => {
    const [first = ''] = name.split('/');
    if (ownNames.test(first)) {
      complain({
        path: where,
        message: `is called ${name} on the board, where ${first} is the harness’s own; give it another name with \`as\``,
      });
    } else if (taken.has(name)) {
      complain({ path: where, message: `is called ${name} on the board, and so is another file` });
    }
    taken.add(name);
    return name;
  };

  const program =
    typeof command.program === 'string'
      ? {
          path: local(command.program, 'command.program'),
          // env(1) would take a name with = for a variable.
          name: claim(basename(command.program).replaceAll('=', '_'), 'command.program'),
        }
      : command.program;
  const files = command.files.map((entry, index) => {
    const where = `command.files[${index}]`;
    const { file, as } = typeof entry === 'string' ? { file: entry, as: basename(entry) } : entry;
    return {
      path: local(file, typeof entry === 'string' ? where : `${where}.file`),
      as: claim(as, where),
    };
  });
  checkNames(command.outputs, complain);
  return { ...command, program, files };
}

function checkNames(outputs: readonly CommandOutput[], complain: Complain): void {
  const seen = new Set<string>();
  for (const [index, { name }] of outputs.entries()) {
    const where = `command.outputs[${index}].name`;
    if (name === undefined) {
      if (outputs.some((other) => other.name !== undefined)) {
        complain({ path: where, message: 'is missing: either all outputs have a name, or none' });
      }
      continue;
    }
    if (seen.has(name))
      complain({ path: where, message: `is ${name}, which an output before it has already` });
    seen.add(name);
  }
}

/**
 * Refuses limits on what a list of some values cannot tell, and more best classes than it can name. What the author did not
 * set himself, such as a preset's limits, is left out of force instead.
 */
export function checkListedTolerances(
  { command, limits, outputLimits }: Pick<ResolvedSpec, 'command' | 'limits' | 'outputLimits'>,
  complain: Complain,
): void {
  for (const output of command?.outputs ?? []) {
    if (!listsSomeValues(output)) continue;
    const own = output.name === undefined ? undefined : outputLimits.get(output.name)?.limits;
    const tolerance: Tolerance = own ?? limits ?? {};
    const where = own === undefined ? 'tolerance' : `outputs.${output.name}.tolerance`;
    const shown = output.name === undefined ? 'the output' : `output ${output.name}`;
    for (const limit of Object.keys(tolerance).filter((key): key is keyof Limits => needsWholeOutput(key))) {
      complain({
        path: `${where}.${limit}`,
        message: `needs every value of ${shown}, but the parser ${output.parser} lists some; use atol, rtol, maxUlp, topK, marginAtol or marginRtol`,
      });
    }
  }
}
