import { type Command, Option } from 'commander';
import { toolkitVersions } from '../../runners/virtual/rknn/toolkits.ts';
import type { ExitCode, Io } from './io.ts';
import { examples } from './option-values.ts';

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

/** `hil virtual ...`. */
export function defineVirtualCommands(program: Command, io: Io, act: Act): void {
  const virtual = program.command('virtual').description('The virtual board: a simulated NPU.');
  virtual
    .command('build-model')
    .description(
      'Convert an ONNX or Caffe network to a .rknn file for the virtual board. Real boards refuse such files.',
    )
    .argument('<network>', 'the float network: .onnx, or Caffe’s .prototxt')
    .argument('<config>', 'YAML with the converter’s settings: mean_values, std_values, reorder_channel, ...')
    .option('--weights <caffemodel>', 'the weights of a Caffe network')
    .requiredOption('--output <file>', 'the .rknn file to write')
    .addOption(
      new Option('--toolkit <version>', 'whose habits it follows; beats the settings').choices(
        toolkitVersions,
      ),
    )
    .addHelpText(
      'after',
      examples(
        'hil virtual build-model net.onnx net.fp16.yaml --output net.fp16.rknn',
        'hil virtual build-model deploy.prototxt net.u8.yaml --weights net.caffemodel --output net.u8.rknn',
      ),
    )
    .action(
      act(async (network: string, config: string, options) => {
        const { buildModelCommand } = await import('./commands/build-model.ts');
        return buildModelCommand(network, config, options, io);
      }),
    );

  virtual
    .command('npu')
    .description('Serve the simulated NPU to programs that use the vendor’s C interface, until Ctrl-C.')
    .addOption(
      new Option('--sdk <version>', 'the SDK that it pretends to be')
        .choices(['1.5.0', '1.6.1', '1.7.5'])
        .default('1.7.5'),
    )
    .option('--listen <address>', 'unix:/path or tcp:host:port, port 0 for a free one', 'tcp:127.0.0.1:0')
    .addHelpText(
      'after',
      examples(
        'hil virtual npu --listen unix:/tmp/npu.sock',
        'hil virtual npu --sdk 1.6.1 --listen tcp:127.0.0.1:4711',
      ),
    )
    .action(
      act(async (options) => {
        const { virtualNpuCommand } = await import('./commands/virtual-npu.ts');
        return virtualNpuCommand(options, io);
      }),
    );
}
