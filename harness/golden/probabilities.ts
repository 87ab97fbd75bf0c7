/** The class where two softmaxes differ most; a NaN counts as infinitely far. */
export function worstDifference(
  expected: readonly number[],
  found: ArrayLike<number>,
): { readonly index: number; readonly difference: number } {
  let index = 0;
  let difference = 0;
  for (const [i, value] of expected.entries()) {
    const distance = Math.abs(found[i]! - value);
    if (distance <= difference) continue;
    [index, difference] = [i, Number.isNaN(distance) ? Infinity : distance];
  }
  return { index, difference };
}

/** Up to four classes all of them in order, else the three most probable. */
export function formatProbabilities(values: ArrayLike<number>): string {
  const all = Array.from(values);
  if (all.length <= 4) return all.map(formatNumber).join(' / ');
  const places = all.map((value, index) => ({ index, value }));
  const top = places.sort((a, b) => b.value - a.value || a.index - b.index).slice(0, 3);
  return `${top.map(({ index, value }) => `${formatNumber(value)} for class ${index}`).join(', ')}, …`;
}

/** Six significant digits: what frameworks print of a float32. */
export const formatNumber = (value: number) => String(Number(value.toPrecision(6)));
