import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import { stringifyEnvInfo } from 'allure-js-commons/sdk/reporter';

type Writer = ReporterRuntime['writer'];

/**
 * Writes Allure's files whole or not at all, like the library's own writer, but without waiting for the disk: that one
 * flushes every file, which takes longer than running the case. The records are flushed, and hold all that is needed to
 * make the results again.
 */
export class ResultsWriter implements Writer {
  readonly #folder: string;

  /** @param folder - Absolute, existing. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  writeResult: Writer['writeResult'] = (result) => this.#writeJson(`${result.uuid}-result.json`, result);

  writeGroup: Writer['writeGroup'] = (group) => this.#writeJson(`${group.uuid}-container.json`, group);

  writeAttachment: Writer['writeAttachment'] = (name, content) => this.#write(name, content);

  writeAttachmentFromPath: Writer['writeAttachmentFromPath'] = (name, from) =>
    this.#write(name, readFileSync(from));

  writeEnvironmentInfo: Writer['writeEnvironmentInfo'] = (info) =>
    this.#write('environment.properties', stringifyEnvInfo(info));

  writeCategoriesDefinitions: Writer['writeCategoriesDefinitions'] = (categories) =>
    this.#writeJson('categories.json', categories);

  writeGlobals: Writer['writeGlobals'] = (name, info) => this.#writeJson(name, info);

  #writeJson(name: string, data: unknown): void {
    this.#write(name, JSON.stringify(data));
  }

  #write(name: string, content: string | Uint8Array): void {
    const path = join(this.#folder, name);
    const temporary = `${path}.tmp`;
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  }
}
