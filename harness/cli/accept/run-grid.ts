import { join } from 'node:path';
import { attributeModels, type ModelAttribution } from '../../accept/attribute-models.ts';
import type { StackEvidence } from '../../accept/evidence/evidence.ts';
import { hashFile } from '../../golden/file-hash.ts';
import type { PlannedCase } from '../../pipeline/plan-cases.ts';
import { historyUrl, type Project } from '../../project/project.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import type { Io } from '../io.ts';
import { evidenceOfRun, type PlannedSide } from './plan-side.ts';
import { runStack } from './run-stack.ts';

type Stack = NonNullable<PlannedSide['stack']>;

/** One side with its cases and what they said. */
export interface GridSide {
  readonly stack: Stack;
  readonly evidence: StackEvidence;
}

/**
 * Runs the two mixed corners of the grid {old model, new model} x {old runtime, new runtime} and says what moved each
 * network. Their results are kept in a folder of their own: a model on a foreign runtime is no part of any stack's history.
 *
 * @returns undefined if it was interrupted.
 */
export async function runGrid(
  project: Project,
  baseline: GridSide,
  candidate: GridSide,
  io: Io,
): Promise<ModelAttribution[] | undefined> {
  const apart: Project = {
    ...project,
    stateFolder: join(project.stateFolder, 'attribution'),
    // Leases stay where other runs look for them.
    config: { ...project.config, history: historyUrl(project) },
  };
  const mixed = async (models: Stack, runtime: Stack): Promise<StackEvidence | undefined> => {
    const label = `models of ${models.sdk} on SDK ${runtime.sdk}`;
    const planned = await withModelsOf(models, runtime);
    if (planned.length === 0) return { label, runs: [], cases: [], canaries: [] };
    const { run } = await runStack(apart, { sdk: runtime.sdk, planned, label }, 1, io);
    if (io.signal.aborted) return undefined;
    return evidenceOfRun(apart, run, runtime.sdk, { signal: io.signal });
  };
  const oldNew = await mixed(baseline.stack, candidate.stack);
  const newOld = oldNew && (await mixed(candidate.stack, baseline.stack));
  if (oldNew === undefined || newOld === undefined) return undefined;
  return attributeModels(
    { oldOld: baseline.evidence, newNew: candidate.evidence, oldNew, newOld },
    project.config.acceptance.confidence,
  );
}

/** A runtime's cases with another stack's models; only those whose models differ. */
async function withModelsOf(models: Stack, runtime: Stack): Promise<PlannedCase[]> {
  const paths = new Map(
    models.planned.map(({ case: { name, spec } }) => [name, boardModelPath(spec, models.sdk)]),
  );
  const mixed: PlannedCase[] = [];
  for (const each of runtime.planned) {
    const path = paths.get(each.case.name);
    if (path === undefined) continue;
    const own = boardModelPath(each.case.spec, runtime.sdk);
    if ((await hashFile(own)) === (await hashFile(path))) continue;
    const spec = { ...each.case.spec, boardModel: { bySdk: { [runtime.sdk]: path } } };
    mixed.push({ ...each, case: { ...each.case, spec } });
  }
  return mixed;
}
