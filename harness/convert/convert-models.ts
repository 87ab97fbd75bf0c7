import type { PlannedCase } from '../pipeline/plan-cases.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import type { BoardModelConversion, ResolvedSpec } from '../spec/case.ts';
import { type ConversionSettings, readConversionSettings } from './conversion-settings.ts';
import { type Conversion, planConversion } from './conversion.ts';
import {
  type ConvertedModel,
  ConvertedModels,
  type ConvertOptions,
  vendorScript,
} from './converted-models.ts';

/** What was made, or found in the cache, and for which specs. */
export interface ConversionResult {
  readonly conversion: Conversion;
  readonly model: ConvertedModel;
  /** Their names. */
  readonly specs: readonly string[];
}

/**
 * Makes every model that the cases need and that is not in the cache, one after the other: toolkits use all cores and much
 * memory. Cases that need the same model share it.
 *
 * @returns The same cases, with the paths of their models.
 * @throws {HilError} For the first conversion that fails; nothing has been run on a board by then.
 * @throws The signal's reason, when called off; the converter has ended by then.
 */
export async function convertModels(
  project: Project,
  planned: readonly PlannedCase[],
  options: ConvertOptions,
): Promise<{ readonly planned: PlannedCase[]; readonly results: readonly ConversionResult[] }> {
  const models = new ConvertedModels(project);
  const settings = new Map<string, ConversionSettings>();
  const results = new Map<string, ConversionResult>();
  const converted = new Map<string, Record<string, string>>();
  for (const { spec, conversion: wanted, sdks } of wantedModels(planned)) {
    const { settings: path, source } = wanted;
    for (const sdk of sdks) {
      options.signal?.throwIfAborted();
      const read = settings.get(path) ?? readConversionSettings(path, relativePath(project.root, path));
      settings.set(path, read);
      const converter = project.config.convert?.[sdk];
      // A board whose SDK has no command: a case that comes to it says so.
      if (converter === undefined) continue;
      const conversion = await planConversion({ sdk, converter, source, settings: read }, vendorScript);
      const known = results.get(conversion.key);
      const model = known?.model ?? (await models.obtain(conversion, options));
      results.set(conversion.key, {
        conversion,
        model,
        specs: [...new Set([...(known?.specs ?? []), spec.name])],
      });
      converted.set(idOf(spec), { ...converted.get(idOf(spec)), [sdk]: model.path });
    }
  }
  return {
    planned: planned.map((each) => withModels(each, converted.get(idOf(each.case.spec)))),
    results: [...results.values()],
  };
}

/** A file may hold several specs; no two specs have one name in one file. */
const idOf = ({ file, name }: ResolvedSpec): string => JSON.stringify([file, name]);

interface WantedModels {
  readonly spec: ResolvedSpec;
  readonly conversion: BoardModelConversion;
  readonly sdks: ReadonlySet<string>;
}

/** Each spec that has to be converted, with the SDKs of all boards that its cases may run on. */
function wantedModels(planned: readonly PlannedCase[]): WantedModels[] {
  const wanted = new Map<string, WantedModels & { readonly sdks: Set<string> }>();
  for (const { case: testCase, targets } of planned) {
    const { spec } = testCase;
    if (!('conversion' in spec.boardModel) || spec.declaration.skip !== undefined) continue;
    const entry = wanted.get(idOf(spec)) ?? {
      spec,
      conversion: spec.boardModel.conversion,
      sdks: new Set<string>(),
    };
    for (const { sdk } of targets) entry.sdks.add(sdk);
    wanted.set(idOf(spec), entry);
  }
  return [...wanted.values()];
}

function withModels(
  planned: PlannedCase,
  converted: Readonly<Record<string, string>> | undefined,
): PlannedCase {
  const { spec } = planned.case;
  if (converted === undefined || !('conversion' in spec.boardModel)) return planned;
  const boardModel = { conversion: { ...spec.boardModel.conversion, converted } };
  return { ...planned, case: { ...planned.case, spec: { ...spec, boardModel } } };
}
