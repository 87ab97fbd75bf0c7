/** A block of output that a page shows: what stands between `<!-- output: name -->` and `<!-- end -->` is replaced. */
export type Outputs = ReadonlyMap<string, string>;

const block = /(<!-- output: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * Puts outputs into a page.
 *
 * @throws {RangeError} If the page wants an output that there is none of, or an output has no place in it.
 */
export function fillPage(page: string, outputs: Outputs): string {
  const placed = new Set<string>();
  const filled = page.replaceAll(block, (_, start: string, name: string, end: string) => {
    const output = outputs.get(name);
    if (output === undefined) throw new RangeError(`the page shows output ${name}, and there is none`);
    placed.add(name);
    return `${start}\n\`\`\`\n${output.trimEnd()}\n\`\`\`\n\n${end}`;
  });
  const lost = [...outputs.keys()].filter((name) => !placed.has(name));
  if (lost.length > 0) throw new RangeError(`the page has no place for output ${lost.join(', ')}`);
  return filled;
}

/** The block of one case in what `hil run` prints, without the lines that say where its files are. */
export function caseBlock(stdout: string, name: string): string {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith('FAILED') && line.includes(`  ${name}  on `));
  if (start < 0) throw new RangeError(`no block of ${name} in the output`);
  const end = lines.indexOf('', start);
  return lines
    .slice(start, end < 0 ? undefined : end)
    .filter((line) => !/^ {2}(spec|input|capture) {2}/.test(line))
    .join('\n');
}
