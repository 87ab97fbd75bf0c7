/** How a class is called: by its index, and its name where the spec gives one. */
export const className = (index: number, names?: Readonly<Record<number, string>>): string => {
  const name = names?.[index];
  return name === undefined ? `class ${index}` : `${index} ${name}`;
};
