import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { generatedFiles } from './write-spec-reference.ts';

const root = new URL('..', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('files made from the code', () => {
  test.for(generatedFiles())('$path is what `npm run docs` writes', ({ path, content }) => {
    const committed = existsSync(new URL(path, root)) ? read(path) : '';

    expect(committed === content, `${path} is stale: run \`npm run docs\` and commit what it writes`).toBe(
      true,
    );
  });

  test('describe every key', () => {
    const undescribed = generatedFiles()
      .filter(({ path }) => path.endsWith('.json'))
      .flatMap(({ path, content }) => keysWithoutDescription(JSON.parse(content), path));

    expect(undescribed).toEqual([]);
  });

  test('name every key of a spec on the page, with its whole path', () => {
    const [page] = generatedFiles();

    for (const key of ['boardInput.declare.sizeBytes', 'preprocess.crop.centre.width', 'outputs.<name>.kind'])
      expect(page?.content).toContain(`| \`${key}\` |`);
  });
});

describe('the schemas for editors', () => {
  const yamlFiles = globSync(['hil.config.yaml', 'specs/**/*.hil.yaml'], { cwd: fileURLToPath(root) }).sort();

  test.for(yamlFiles)('%s names the schema it follows, and follows it', (path) => {
    const text = read(path);
    const [, schemaPath] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(schemaPath, 'the first line names the schema').toBeDefined();
    const schema = JSON.parse(readFileSync(new URL(schemaPath!, new URL(path, root)), 'utf8'));

    expect(z.fromJSONSchema(schema).safeParse(parse(text)).error).toBeUndefined();
  });

  test('refuse a key that does not exist, in a spec and in a list of specs', () => {
    const spec = z.fromJSONSchema(JSON.parse(read('schema/spec.schema.json')));

    expect(spec.safeParse({ name: 'a', tolerence: 'fp16' }).success).toBe(false);
    expect(spec.safeParse([{ name: 'a' }, { name: 'b', tolerence: 'fp16' }]).success).toBe(false);
    expect(spec.safeParse([{ name: 'a' }, { name: 'b', tolerance: 'fp16' }]).success).toBe(true);
  });
});

/** Paths of keys that an editor could say nothing about. */
function keysWithoutDescription(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, child]) =>
    key === 'properties'
      ? Object.entries(child as object).flatMap(([name, property]) => [
          ...('description' in property ? [] : [`${path}.${name}`]),
          ...keysWithoutDescription(property, `${path}.${name}`),
        ])
      : keysWithoutDescription(child, path),
  );
}
