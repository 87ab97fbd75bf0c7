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
export function jsonSchemaOf(what: SchemaOptions['of']): object {
  const title = what === 'spec' ? 'hil spec' : 'hil config';
  return {
    title,
    ...z.toJSONSchema(what === 'spec' ? specSchema : configSchema, { io: 'input', target: 'draft-7' }),
  };
}

export async function schemaCommand({ of, output }: SchemaOptions, io: Io): Promise<ExitCode> {
  const text = `${JSON.stringify(jsonSchemaOf(of), undefined, 2)}\n`;
  if (output === undefined) io.stdout.write(text);
  else await writeFile(resolve(io.cwd, output), text);
  return exitCodes.ok;
}
