import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Conversion } from '../../harness/convert/conversion.ts';
import type { ConversionListener, ConvertedModel } from '../../harness/convert/converted-models.ts';
import { formatDuration } from '../facts/duration.ts';
import { canRedraw, type Environment, usableWidth } from './appearance.ts';
import { LiveBlock, type Lifetime } from './live-block.ts';
import type { TextOutput } from './text-output.ts';

const redrawMs = 250;
/** In a log, a sign of life now and then. */
const logEveryMs = 30_000;

/** Shows conversions while they run: a line that is redrawn in a terminal, few lines in a log. */
export class ConversionProgress implements ConversionListener, Disposable {
  readonly #output: TextOutput;
  readonly #block: LiveBlock | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #said = '';

  constructor(output: TextOutput, env: Environment, lifetime: Lifetime = process) {
    this.#output = output;
    this.#block = canRedraw(output, env) ? new LiveBlock(output, lifetime) : undefined;
  }

  onStart(conversion: Conversion): void {
    this.#startedAt = Date.now();
    this.#said = '';
    const text = `converting ${nameOf(conversion)}`;
    this.#block?.open();
    if (this.#block === undefined) this.#output.write(`${text}\n`);
    const show = (): void => {
      const line = `${text}, ${formatDuration(Date.now() - this.#startedAt)}${this.#said === '' ? '' : `: ${this.#said}`}`;
      if (this.#block) this.#block.draw([line.slice(0, Math.max(20, usableWidth(this.#output) - 1))]);
      else this.#output.write(`${line}\n`);
    };
    if (this.#block) show();
    this.#timer = setInterval(show, this.#block ? redrawMs : logEveryMs).unref();
  }

  onLine(_: Conversion, line: string): void {
    this.#said = stripVTControlCharacters(line).trim();
  }

  onEnd(conversion: Conversion, { toolkit, bytes, cached }: ConvertedModel): void {
    clearInterval(this.#timer);
    if (cached) return;
    const took = formatDuration(Date.now() - this.#startedAt);
    this.#print(`converted  ${nameOf(conversion)}: ${bytes} bytes by toolkit ${toolkit}, ${took}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#block?.close();
  }

  #print(text: string): void {
    if (this.#block) this.#block.printAbove(text);
    else this.#output.write(text);
  }
}

const nameOf = ({ source, settings, sdk }: Conversion): string =>
  `${basename(source.model)} (${basename(settings.path)}) for SDK ${sdk}`;
