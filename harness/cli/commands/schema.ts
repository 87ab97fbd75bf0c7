import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { configSchema } from '../../project/config.ts';
import { specSchema } from '../../spec/schema.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

export interface SchemaOptions {
  readonly of: 'spec' | 'config';
  readonly output?: string;
}

/** JSON Schema of a file format, for editors; what people write, so keys with defaults are optional. */
export function jsonSchemaOf(what: SchemaOptions['of']): z.core.JSONSchema.BaseSchema {
  const toJson = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  if (what === 'config') return { title: 'hil config', ...toJson(configSchema) };
  const { $schema, ...spec } = toJson(specSchema);
  return {
    title: 'hil spec',
    $schema: $schema!,
    definitions: { spec: withoutInheritable(spec) },
    anyOf: [
      { $ref: '#/definitions/spec' },
      { type: 'array', items: { $ref: '#/definitions/spec' }, minItems: 1 },
    ],
  };
}

/**
 * Requires no key that hil.defaults.yaml may supply: an editor sees one file, the loader all of them. Folder defaults are
 * merged into maps, but not into lists, and not into what is a map or something else.
 */
function withoutInheritable(schema: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  const { required: _, properties, ...rest } = schema;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([key, value]) => [
    key,
    typeof value === 'object' ? withoutInheritable(value) : value,
  ]);
  return { ...rest, properties: Object.fromEntries(inner) };
}

export async function schemaCommand({ of, output }: SchemaOptions, io: Io): Promise<ExitCode> {
  const text = `${JSON.stringify(jsonSchemaOf(of), undefined, 2)}\n`;
  if (output === undefined) io.stdout.write(text);
  else await writeFile(resolve(io.cwd, output), text);
  return exitCodes.ok;
}
