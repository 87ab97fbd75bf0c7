#!/usr/bin/env python3
"""Converts a network with one of the vendor's toolkits (rknn-toolkit 1.x), as a request file says.

    python3 rknn-convert.py request.json

It runs inside the toolkit's own environment, so it needs nothing but that toolkit and Python 3.5. The request is written by
the harness (docs/converting.md); its paths are relative to its folder. Settings have the names of rknn.config and rknn.build
of the newer toolkits; for older ones they are rewritten:

  before 1.4.0   mean_values and std_values become channel_mean_value
  before 1.6.0   asymmetric_affine-u8, dynamic_fixed_point-i8 and -i16 are spelled asymmetric_quantized-u8,
                 dynamic_fixed_point-8 and -16

Exit status: 0 the model is written; 2 request or settings are wrong for this toolkit; 1 the toolkit failed.
"""

import inspect
import json
import os
import re
import sys

BUILD_SETTINGS = ('do_quantization', 'pre_compile', 'rknn_batch_size')
# Since when rknn.config knows a setting, where the toolkit is compiled and hides its parameters.
SINCE = {
    'optimization_level': (1, 3, 0),
    'target_platform': (1, 3, 2),
    'mean_values': (1, 4, 0),
    'std_values': (1, 4, 0),
    'mmse_epoch': (1, 6, 1),
}
NEW_SPELLING = {
    'asymmetric_quantized-u8': 'asymmetric_affine-u8',
    'dynamic_fixed_point-8': 'dynamic_fixed_point-i8',
    'dynamic_fixed_point-16': 'dynamic_fixed_point-i16',
}
OLD_SPELLING = {new: old for old, new in NEW_SPELLING.items()}


class Refused(Exception):
    """The request cannot be carried out with this toolkit."""


class ToolkitFailed(Exception):
    """A call of the toolkit did not return 0."""


def numbers(version):
    return tuple(int(part) for part in re.match(r'(\d+)\.(\d+)\.(\d+)', version).groups())


def installed_version():
    """Version of the installed toolkit; None where it cannot be told."""
    try:
        from importlib.metadata import version
    except ImportError:
        # Python before 3.8.
        try:
            import pkg_resources
            return pkg_resources.get_distribution('rknn-toolkit').version
        except Exception:
            return None
    try:
        return version('rknn-toolkit')
    except Exception:
        return None


def parameters_of(function):
    """Names of a function's parameters; None where it is compiled and does not tell, or takes any."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL) for each in found):
        return None
    return {each.name for each in found} - {'self'}


def knows(setting, known, version):
    return setting in known if known is not None else version >= SINCE.get(setting, (0, 0, 0))


def as_channel_mean_value(means, stds):
    """The old form: 'M0 M1 M2 S', several inputs joined by #."""
    count = len(means or stds)
    means = means or [[0] * len(each) for each in stds]
    stds = stds or [[1] * len(each) for each in means]
    if len(means) != len(stds):
        raise Refused('mean_values is for {} inputs, but std_values for {}'.format(count, len(stds)))
    parts = []
    for i, (mean, std) in enumerate(zip(means, stds)):
        if len(set(std)) != 1:
            raise Refused(
                'std_values[{}] is {}, but this toolkit takes one value for all channels; use toolkit 1.4.0 or later, '
                'or one common value'.format(i, std))
        parts.append(' '.join('{:g}'.format(value) for value in list(mean) + [std[0]]))
    return '#'.join(parts)


def config_arguments(settings, known, version):
    """What rknn.config gets, and what is left over."""
    given = dict(settings)
    arguments = {}
    means, stds = given.pop('mean_values', None), given.pop('std_values', None)
    if means is not None or stds is not None:
        if 'channel_mean_value' in given:
            raise Refused('channel_mean_value excludes mean_values and std_values; keep one form')
        if knows('mean_values', known, version):
            arguments.update({name: value for name, value in (('mean_values', means), ('std_values', stds))
                              if value is not None})
        else:
            arguments['channel_mean_value'] = as_channel_mean_value(means, stds)
    if 'quantized_dtype' in given:
        written = given.pop('quantized_dtype')
        spelling = NEW_SPELLING if version >= (1, 6, 0) else OLD_SPELLING
        arguments['quantized_dtype'] = spelling.get(written, written)
    if knows('target_platform', known, version):
        platform = given.pop('target_platform', 'rk1808')
        arguments['target_platform'] = platform if isinstance(platform, list) else [platform]
    for name in list(given):
        if name not in BUILD_SETTINGS and name != 'load' and knows(name, known, version):
            arguments[name] = given.pop(name)
    return arguments, given


def loader(model, weights, extra):
    """Name of the toolkit's function for a network, and its arguments."""
    ending = os.path.splitext(model)[1].lower()
    if ending == '.onnx':
        return 'load_onnx', dict(extra, model=model)
    if ending == '.prototxt':
        if weights is None:
            raise Refused('{} has no weights: a .caffemodel is needed'.format(model))
        return 'load_caffe', dict({'proto': 'caffe'}, **dict(extra, model=model, blobs=weights))
    if ending == '.pb':
        return 'load_tensorflow', dict(extra, tf_pb=model)
    if ending == '.tflite':
        return 'load_tflite', dict(extra, model=model)
    if ending in ('.pt', '.pth'):
        return 'load_pytorch', dict(extra, model=model)
    if ending == '.cfg':
        return 'load_darknet', dict(extra, model=model, weight=weights)
    if ending == '.h5':
        return 'load_keras', dict(extra, model=model)
    if ending == '.json':
        return 'load_mxnet', dict(extra, symbol=model, params=weights)
    raise Refused('{} is of no framework that is known by its ending'.format(model))


def step(what, function, **arguments):
    shown = ', '.join('{}={!r}'.format(name, value) for name, value in sorted(arguments.items()))
    print('--> {}({})'.format(what, shown), flush=True)
    try:
        status = function(**arguments)
    except TypeError as error:
        raise Refused('rknn.{} does not take this: {}'.format(what, error))
    # Early releases return nothing from config.
    if status not in (0, None):
        raise ToolkitFailed('rknn.{} returned {}'.format(what, status))


def convert(request, folder):
    claimed = request['toolkit']
    version = numbers(claimed)
    found = installed_version()
    if found is not None and numbers(found) != version:
        raise Refused('toolkit is {}, but the request is for {}'.format(found, claimed))

    def at(name):
        return None if request[name] is None else os.path.join(folder, request[name])

    settings = request['settings']
    quantise = settings.get('do_quantization', True)
    if quantise and request['dataset'] is None:
        raise Refused('do_quantization is on, but dataset names no calibration data')

    from rknn.api import RKNN
    rknn = RKNN(verbose=False)
    try:
        arguments, rest = config_arguments(settings, parameters_of(rknn.config), version)
        unknown = sorted(set(rest) - set(BUILD_SETTINGS) - {'load'})
        if unknown:
            raise Refused('toolkit {} does not know {}'.format(claimed, ', '.join(unknown)))
        name, load_arguments = loader(at('model'), at('weights'), rest.get('load', {}))
        load = getattr(rknn, name, None)
        if load is None:
            raise Refused('toolkit {} has no {}'.format(claimed, name))
        step('config', rknn.config, **arguments)
        step(name, load, **load_arguments)
        build = {each: rest[each] for each in BUILD_SETTINGS if each in rest}
        build['do_quantization'] = quantise
        if request['dataset'] is not None:
            # The toolkit reads the listing's lines from the folder that it runs in.
            os.chdir(folder)
            build['dataset'] = at('dataset')
        step('build', rknn.build, **build)
        step('export_rknn', rknn.export_rknn, export_path=at('output'))
    finally:
        rknn.release()
    if not os.path.exists(at('output')):
        raise ToolkitFailed('rknn.export_rknn returned 0, but wrote no {}'.format(at('output')))
    print('done', flush=True)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.split('\n\n')[1].strip(), file=sys.stderr)
        return 2
    path = os.path.abspath(arguments[0])
    try:
        with open(path, encoding='utf-8') as file:
            request = json.load(file)
        convert(request, os.path.dirname(path))
        return 0
    except Refused as error:
        print('error: {}'.format(error), file=sys.stderr)
        return 2
    except ImportError as error:
        print('error: this Python has no rknn-toolkit: {}'.format(error), file=sys.stderr)
        return 2
    except ToolkitFailed as error:
        print('error: {}'.format(error), file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
