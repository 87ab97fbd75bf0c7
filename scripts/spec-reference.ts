import { z } from 'zod';
import { configSchema } from '../harness/project/config.ts';
import { specSchema } from '../harness/spec/schema.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** The page docs/spec-reference.md: every key of spec files and of hil.config.yaml, as their schemas have it. */
export function specReference(): string {
  return [
    '# Spec reference',
    '<!-- Made from the schemas by `npm run docs`. Do not edit: change the descriptions in harness/spec/schema.ts,\n     harness/compare/tolerance.ts and harness/project/config.ts. -->',
    about,
    '## Spec files',
    ...keysOf(specSchema),
    '## hil.config.yaml',
    'In the root folder of the project; every key may be left out, and so may the file.',
    ...keysOf(configSchema),
  ]
    .join('\n\n')
    .concat('\n');
}

const about = `Every key that a spec or the config may have. For a first spec see [getting started](getting-started.md); for what
becomes of pictures and tensors [inputs](input.md); for limits and presets [tolerances](tolerances.md).

- A spec file is \`*.hil.yaml\`, \`*.hil.json\` or \`*.hil.ts\` (\`export default defineSpec({ ... })\`). It declares one spec,
  or a list of them. Each input of a spec is a case of its own.
- A key that is not in this list is an error (exit code 2) that names the nearest one.
- Paths start at the folder of the spec file. They may not leave the project, except into folders under \`outside\` in the
  config.
- \`hil.defaults.yaml\` in a folder holds keys that all specs of this folder and its subfolders inherit. Maps are merged key
  by key, everything else is replaced; the file nearest to the spec wins, and the spec's own keys win over all.
- *required*, for a key inside a map, means: where that map is written.
- \`npx hil schema\` prints the same as JSON Schema. A first line
  \`# yaml-language-server: $schema=<path of the schema>\` makes editors complete and check while you type. As a spec may
  inherit keys, the JSON Schema asks for none that a defaults file may supply; \`hil\` does.`;

/** A table of the keys at the top, then a section for each of them that is more than one value. */
function keysOf(zodSchema: z.ZodType): string[] {
  const schema = z.toJSONSchema(zodSchema, { io: 'input' });
  const sections = new Map<string, string>();
  const top = table(ownRows('', schema, sections, 'link'));
  const details = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const rows = nestedRows(key, asMap(child), sections);
    if (rows.length === 0) return [];
    return [`### ${key}`, asMap(child).description ?? '', table(rows)];
  });
  return [top, ...details];
}

type Row = readonly [key: string, type: string, otherwise: string, meaning: string];

/** The keys of one map. */
function ownRows(
  path: string,
  schema: Schema,
  sections: Map<string, string>,
  mapsAre: 'link' | 'rows',
): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const child = asMap(value);
    const known = mapsIn(child)
      .map(({ map }) => sections.get(JSON.stringify(map.properties)))
      .find((section) => section !== undefined);
    const row: Row = [
      `\`${path}${key}\``,
      typeOf(child, known ?? (mapsAre === 'link' ? key : undefined)),
      schema.required?.includes(key) === true ? '**required**' : defaultOf(child),
      child.description ?? '',
    ];
    if (mapsAre === 'link') {
      for (const { map } of mapsIn(child)) sections.set(JSON.stringify(map.properties), key);
      return [row];
    }
    return known === undefined ? [row, ...nestedRows(`${path}${key}`, child, sections)] : [row];
  });
}

/** The keys of the maps that a value may be or hold. */
const nestedRows = (path: string, schema: Schema, sections: Map<string, string>): Row[] =>
  mapsIn(schema).flatMap(({ suffix, map }) => ownRows(`${path}${suffix}.`, map, sections, 'rows'));

interface NestedMap {
  /** Where it is below the value: nothing, `[]` in a list, `.<name>` in a map by name. */
  readonly suffix: string;
  readonly map: Schema;
}

/** Maps with fixed keys that a value may be, or be a list or a map of; each once, at its shortest place. */
function mapsIn(schema: Schema): NestedMap[] {
  const found = [
    ...(schema.properties === undefined ? [] : [{ suffix: '', map: schema }]),
    ...(schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => mapsIn(asMap(choice))),
    ...under('[]', schema.items),
    ...under('.<name>', schema.additionalProperties),
  ];
  return [...new Map(found.reverse().map((entry) => [JSON.stringify(entry.map), entry])).values()].reverse();
}

const under = (suffix: string, schema: unknown): NestedMap[] =>
  isMap(schema) ? mapsIn(schema).map((nested) => ({ ...nested, suffix: suffix + nested.suffix })) : [];

/** A schema may also be `true` or `false`, or absent. */
const asMap = (schema: unknown): Schema => (isMap(schema) ? schema : {});
const isMap = (schema: unknown): schema is Schema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

/** What may be written, in words. */
function typeOf(schema: Schema, section: string | undefined): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    return [...new Set(choices.map((choice) => typeOf(asMap(choice), section)))].join('<br>or ');
  }
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  switch (schema.type) {
    case 'object': {
      if (schema.properties) return section === undefined ? 'map' : `[map](#${section.toLowerCase()})`;
      const values = typeOf(asMap(schema.additionalProperties), section);
      return values === '' ? 'map' : `map from name to ${values}`;
    }
    case 'array':
      return `list of ${typeOf(asMap(schema.items), section)}`;
    case 'integer':
      return `whole number ${rangeOf(schema)}`.trimEnd();
    case 'number':
      return `number ${rangeOf(schema)}`.trimEnd();
    case 'boolean':
      return '`true`, `false`';
    case 'string':
      return schema.format === 'uri' ? 'URL' : 'text';
    default:
      return '';
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  // Zod writes the largest integer where it means that there is no maximum.
  const last = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined) return last === undefined ? `from ${minimum}` : `${minimum} to ${last}`;
  if (exclusiveMinimum === undefined) return '';
  return `above ${exclusiveMinimum}${last === undefined ? '' : `, up to ${last}`}`;
}

function defaultOf({ default: value }: Schema): string {
  const isEmpty = value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  return isEmpty ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| key | what it takes | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
