import type { Tolerance } from '../compare/tolerance.ts';
import type { OutputKind } from '../compare/comparison.ts';
import type { CommandDeclaration } from './command.ts';
import type { Spec } from './schema.ts';

/** A spec after loading: defaults of its folders merged, paths absolute. Plain data, so that it can go to a worker. */
export interface ResolvedSpec {
  readonly name: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** Root of the project, absolute; paths shown to people are relative to it. */
  readonly root: string;
  /** sha256 of the declaration with folder defaults merged, canonical JSON. */
  readonly sha256: string;
  readonly declaration: Spec;
  readonly reference: ReferenceFiles;
  readonly boardModel: BoardModelPaths;
  /** The program that runs the network instead of the device runner. */
  readonly command?: ResolvedCommand | undefined;
  readonly timeoutMs: number;
  /** Names by class index; empty if the spec gives none. */
  readonly classNames: readonly string[];
  /** Tolerance of outputs that `outputLimits` does not name. */
  readonly limits: Tolerance | undefined;
  readonly outputLimits: ReadonlyMap<
    string,
    { readonly limits?: Tolerance | undefined; readonly kind?: OutputKind | undefined }
  >;
}

/** A command with its local files found. */
export interface ResolvedCommand extends Omit<CommandDeclaration, 'program' | 'files'> {
  /** `name`: what the program is called in the folder that it runs in. */
  readonly program:
    { readonly path: string; readonly name: string } | Exclude<CommandDeclaration['program'], string>;
  readonly files: readonly { readonly path: string; readonly as: string }[];
}

/** Absolute paths of the board's model: one, maybe with `{sdk}` in it, one for each SDK version, or how they are made. */
export type BoardModelPaths =
  | { readonly pattern: string }
  | { readonly bySdk: Readonly<Record<string, string>> }
  | { readonly conversion: BoardModelConversion };

/** Files of the network that is converted, absolute. */
export interface ConversionSource {
  readonly model: string;
  /** In a file of its own, as Caffe has it. */
  readonly weights?: string | undefined;
}

/** Models that the commands under `convert` in hil.config.yaml make. */
export interface BoardModelConversion {
  /** The converter's settings, absolute. */
  readonly settings: string;
  readonly source: ConversionSource;
  /** SDK versions that have a command. */
  readonly sdks: readonly string[];
  /** Models that have been made, by SDK version; absolute paths. */
  readonly converted: Readonly<Record<string, string>>;
}

export type ReferenceFiles =
  | { readonly kind: 'onnx'; readonly path: string }
  | { readonly kind: 'caffe'; readonly prototxt: string; readonly caffemodel: string };

/** One file that is fed to the network. */
export interface CaseInput {
  /** Name within the spec, unique there. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'picture' | 'tensor';
  /** For .npz: the array to take; all of them, by input name, if absent. */
  readonly member?: string | undefined;
  /** For raw .bin. */
  readonly dtype?: string | undefined;
  readonly shape?: readonly number[] | undefined;
  /** The softmax that the author expects, if any. */
  readonly softmax?: readonly number[] | undefined;
}

/** Spec x input: with a target (board and SDK), the unit that gets a verdict. */
export interface Case {
  /** `<spec name> › <input name>`, unique in a run. */
  readonly name: string;
  readonly spec: ResolvedSpec;
  readonly input: CaseInput;
}
