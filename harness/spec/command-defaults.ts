/** No buffer is made where the program reads the input itself; the settings then mean nothing. */
const unusedBoardInput = { dtype: 'uint8', layout: 'NHWC' } as const;

/** Spares the author of a command a `boardInput` that nothing would be made of. Anything else stays as it is. */
export function withCommandDefaults(declaration: unknown): unknown {
  if (!isMap(declaration) || declaration['boardInput'] !== undefined) return declaration;
  const { command } = declaration;
  if (!isMap(command) || command['input'] === 'board-buffer') return declaration;
  return { ...declaration, boardInput: unusedBoardInput };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
