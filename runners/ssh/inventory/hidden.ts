/** A copy whose named fields are left out when it is printed, inspected or turned into JSON. */
export function hideFields<T extends object>(value: T, ...fields: readonly (keyof T)[]): T {
  const copy = { ...value };
  for (const field of fields) {
    if (field in copy) Object.defineProperty(copy, field, { enumerable: false });
  }
  return copy;
}
