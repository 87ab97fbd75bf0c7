import { connect } from './ssh/connect.ts';
import { exec } from './ssh/exec.ts';
import { quote } from './ssh/quote.ts';
import type { SshAddress } from './ssh/ssh-address.ts';

/** What sessions leave on a board, seen over connections of its own: for tests that nothing stays behind. */
export class BoardTraces {
  readonly #address: SshAddress;

  constructor(address: SshAddress) {
    this.#address = address;
  }

  /** Device runners that are running now; a zombie has ended. */
  async deviceRunners(): Promise<number> {
    const stats = await this.#shell('cat /proc/[0-9]*/stat');
    return stats.match(/^\d+ \(hil-npu-run\) [^Z]/gm)?.length ?? 0;
  }

  /** Files in the folder that belongs to the harness, but for what is to stay: whole ones of the cache, fence and facts. */
  async strayFiles(): Promise<string[]> {
    const files = await this.#shell(`find ${quote(this.#address.workFolder)} -type f`);
    return files
      .split('\n')
      .filter((path) => !/^$|\/(fence|facts)$|\/cache\/[0-9a-f]{64}(\.ok)?$/.test(path));
  }

  /** Makes the board as new as the harness can. */
  async clear(): Promise<void> {
    await this.#shell(`rm -rf ${quote(this.#address.workFolder)}/*`);
  }

  /** Removes the folder itself. */
  async remove(): Promise<void> {
    await this.#shell(`rm -rf ${quote(this.#address.workFolder)}`);
  }

  /** @returns What the command printed on standard output. */
  async #shell(command: string): Promise<string> {
    await using connection = await connect(this.#address, {});
    return (await exec(connection, command, {})).stdout.toString('latin1').trim();
  }
}
