import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from '../harness-version.ts';
import type { Cancellable } from '../cancellable.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import { durationMs } from '../spec/duration-ms.ts';
import { writeDurably } from '../store/durable-file.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { checkConverted } from './check-converted.ts';
import { fillCommand, placeholdersIn } from './convert-config.ts';
import { type Conversion, networkName } from './conversion.ts';
import { ConversionFailedError } from './conversion-error.ts';
import { lockConversion } from './conversion-lock.ts';
import { runConverter } from './run-converter.ts';
import { stageConversion } from './stage-conversion.ts';

/** Our script for the vendor's toolkits. */
export const vendorScript: string = join(packageFolder, 'bin', 'rknn-convert.py');

/** A model that a converter made. */
export interface ConvertedModel {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** As the file's trailer has it. */
  readonly toolkit: string;
  /** Made before, and taken from the cache. */
  readonly cached: boolean;
}

/** Hears how conversions go. */
export interface ConversionListener {
  onStart?(conversion: Conversion): void;
  onLine?(conversion: Conversion, line: string): void;
  onEnd?(conversion: Conversion, model: ConvertedModel): void;
}

export interface ConvertOptions extends Cancellable {
  readonly listener?: ConversionListener | undefined;
  /** Convert although the model is in the cache. */
  readonly again?: boolean | undefined;
}

/**
 * Models by what they are made of, in `<state>/conversions/<key>/`: the model, and `conversion.json`, which says where it
 * comes from. May be deleted at any time. Models appear whole; several processes may use the folder at once.
 */
export class ConvertedModels {
  readonly #project: Pick<Project, 'root' | 'stateFolder'>;

  constructor(project: Pick<Project, 'root' | 'stateFolder'>) {
    this.#project = project;
  }

  /** Gives a model, and makes it if it is not there. @throws {HilError} */
  async obtain(conversion: Conversion, options: ConvertOptions): Promise<ConvertedModel> {
    const { listener, again = false, signal } = options;
    const folder = join(this.#project.stateFolder, 'conversions', conversion.key);
    const path = join(folder, `${networkName(conversion.source)}.rknn`);
    const isThere = (): Promise<boolean> =>
      stat(path).then(
        () => true,
        () => false,
      );
    if (again) await rm(path, { force: true });
    await using lock = await lockConversion(`${folder}.lock`, isThere, { signal });
    if (lock !== undefined) {
      listener?.onStart?.(conversion);
      await this.#convert(conversion, folder, path, options);
    }
    const bytes = await readFile(path);
    const model = {
      path,
      sha256: sha256Hex(bytes),
      bytes: bytes.length,
      toolkit: checkConverted(bytes, this.#shown(path), conversion),
      cached: lock === undefined,
    };
    listener?.onEnd?.(conversion, model);
    return model;
  }

  async #convert(
    conversion: Conversion,
    folder: string,
    path: string,
    { signal, listener }: ConvertOptions,
  ): Promise<void> {
    const { converter, source, settings, sdk } = conversion;
    if (source.weights === undefined && placeholdersIn(converter.command).has('weights'))
      throw new ConversionFailedError(
        `convert["${sdk}"].command in hil.config.yaml has {weights}, but ${this.#shown(source.model)} holds its own`,
        { hint: 'Use {request} with our script, which knows both kinds, or leave {weights} out.' },
      );
    const work = `${folder}.work`;
    const logFile = `${folder}.log`;
    await rm(work, { recursive: true, force: true });
    const { values, output } = await stageConversion(conversion, work, this.#project.root, vendorScript);
    const command = fillCommand(converter.command, values);
    const startedAt = new Date();
    await runConverter(command, {
      cwd: work,
      logFile,
      timeoutMs: durationMs(converter.timeout),
      signal,
      onLine: listener?.onLine && ((line) => listener.onLine!(conversion, line)),
    });
    const bytes = await readFile(output).catch((cause: unknown) => {
      throw new ConversionFailedError(
        `the converter for SDK ${sdk} ended with status 0, but wrote no ${values.output}`,
        { hint: `It must write its model to {output}. See what it said: ${logFile}`, cause },
      );
    });
    const found = checkConverted(bytes, this.#shown(output), conversion);
    const provenance = {
      schema: 1,
      sdk,
      toolkit: found,
      model: this.#shown(source.model),
      ...(source.weights === undefined ? {} : { weights: this.#shown(source.weights) }),
      settings: this.#shown(settings.path),
      command: converter.command,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      sha256: sha256Hex(bytes),
    };
    await mkdir(folder, { recursive: true });
    await writeDurably(join(folder, 'conversion.json'), `${JSON.stringify(provenance, undefined, 2)}\n`);
    await rename(logFile, join(folder, 'converter.log'));
    await writeDurably(path, bytes);
    // What a container wrote as another user may stay: the model is there.
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }

  #shown(path: string): string {
    return relativePath(this.#project.root, path);
  }
}
