import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../harness-version.ts';
import { configFileName } from '../../project/project.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { jsonSchemaOf } from './schema.ts';

/** Files of the built-in suite that the first spec of a new project starts with. */
const examples = [
  'specs/models/two-class.onnx',
  'specs/models/two-class.fp16.rknn',
  'specs/models/two-class.labels.txt',
  'specs/images/two-class/apple-1.png',
  'specs/images/two-class/plum-2.png',
] as const;

const config = `# yaml-language-server: $schema=.hil/config.schema.json
# Boards of this project. The virtual one is simulated and needs no hardware.
boards:
  - name: virtual
    kind: virtual
`;

const spec = `# yaml-language-server: $schema=../.hil/spec.schema.json
# Replace model and pictures by your own; docs/getting-started.md of hil-harness explains every part.
name: two-class fp16
model:
  reference: models/two-class.onnx # the float network, computed on this machine
  board: models/two-class.fp16.rknn # what the board runs
  format: fp16
classes: models/two-class.labels.txt # names for reports
inputs: images/two-class/*.png

# How a picture becomes the reference engine's input ...
preprocess:
  resize: { width: 64, height: 64 }
  channelOrder: bgr
  mean: 128
  layout: NCHW

# ... and how the board's buffer is made of the same picture. The .rknn file of this example swaps the channels and
# subtracts the mean itself, so it gets plain RGB bytes.
boardInput:
  channelOrder: rgb
  dtype: uint8
  layout: NHWC

tolerance: fp16
`;

/** `hil init`: a first spec that runs, its config, and schemas for the editor. Never overwrites a file. */
export async function initCommand(io: Io): Promise<ExitCode> {
  const write = async (name: string, content: string) => {
    const path = join(io.cwd, name);
    await mkdir(dirname(path), { recursive: true });
    if (await create(() => writeFile(path, content, { flag: 'wx' }))) io.stdout.write(`wrote  ${name}\n`);
    else io.stdout.write(`kept   ${name}, which was there already\n`);
  };
  await write(configFileName, config);
  await write('specs/two-class.hil.yaml', spec);
  for (const name of examples) {
    const target = join(io.cwd, name);
    await mkdir(dirname(target), { recursive: true });
    if (existsSync(target)) continue;
    await copyFile(join(packageFolder, name), target);
    io.stdout.write(`wrote  ${name}\n`);
  }
  await writeSchemas(io);
  await ignoreState(io);
  io.stdout.write('\nNow run it:  npx hil run\n');
  return exitCodes.ok;
}

async function create(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Made anew each time: they belong to the installed version. */
async function writeSchemas(io: Io): Promise<void> {
  const folder = join(io.cwd, '.hil');
  await mkdir(folder, { recursive: true });
  for (const what of ['spec', 'config'] as const) {
    await writeFile(
      join(folder, `${what}.schema.json`),
      `${JSON.stringify(jsonSchemaOf(what), undefined, 2)}\n`,
    );
  }
}

async function ignoreState(io: Io): Promise<void> {
  const path = join(io.cwd, '.gitignore');
  const present = existsSync(path) ? await readFile(path, 'utf8') : '';
  if (present.split('\n').some((line) => /^\/?\.hil\/?$/.test(line.trim()))) return;
  await appendFile(path, `${present === '' || present.endsWith('\n') ? '' : '\n'}.hil/\n`);
  io.stdout.write('added  .hil/ to .gitignore\n');
}
