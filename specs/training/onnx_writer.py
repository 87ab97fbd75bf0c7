"""Writes networks as ONNX straight from their weights, layer by layer, with readable names.

BatchNorm stays a node of its own behind its convolution, as Caffe's BatchNorm and Scale are, so that a converter has
something to fold. A tensor is named after the node that makes it, a constant as in the network's state_dict.
"""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper


class OnnxWriter:
    """Collects the nodes of one network; every method returns the name of the tensor its node makes."""

    def __init__(self, name, input_name, input_shape):
        self._name = name
        self._nodes = []
        self._initializers = []
        self._input = helper.make_tensor_value_info(input_name, TensorProto.FLOAT, input_shape)

    def conv(self, name, data, module):
        weight = self._constant(f"{name}.weight", module.weight)
        return self._node(
            "Conv",
            name,
            [data, weight],
            kernel_shape=list(module.kernel_size),
            strides=list(module.stride),
            pads=[*module.padding, *module.padding],
            group=module.groups,
        )

    def batch_norm(self, name, data, module):
        parts = ("weight", "bias", "running_mean", "running_var")
        names = [self._constant(f"{name}.{part}", getattr(module, part)) for part in parts]
        return self._node("BatchNormalization", name, [data, *names], epsilon=module.eps)

    def relu(self, name, data):
        return self._node("Relu", name, [data])

    def max_pool(self, name, data, kernel, stride, padding):
        return self._node(
            "MaxPool", name, [data], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4
        )

    def add(self, name, first, second):
        return self._node("Add", name, [first, second])

    def global_average_pool(self, name, data):
        return self._node("GlobalAveragePool", name, [data])

    def flatten(self, name, data):
        return self._node("Flatten", name, [data], axis=1)

    def fully_connected(self, name, data, module):
        weight = self._constant(f"{name}.weight", module.weight)
        bias = self._constant(f"{name}.bias", module.bias)
        return self._node("Gemm", name, [data, weight, bias], transB=1)

    def softmax(self, name, data):
        return self._node("Softmax", name, [data], axis=1)

    def model(self, output, output_shape, description):
        """The finished model, checked, with the shapes of all inner tensors."""
        output_info = helper.make_tensor_value_info(output, TensorProto.FLOAT, output_shape)
        graph = helper.make_graph(
            self._nodes, self._name, [self._input], [output_info], self._initializers, doc_string=description
        )
        model = helper.make_model(
            graph, producer_name="specs/training", opset_imports=[helper.make_opsetid("", 13)], ir_version=7
        )
        model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _constant(self, name, values):
        array = np.ascontiguousarray(values.detach().numpy(), dtype=np.float32)
        self._initializers.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, operator, name, inputs, **attributes):
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name


def load_weights(network, path):
    """Gives a torch network the weights of the ONNX file that was written from such a network."""
    constants = onnx.load(path).graph.initializer
    weights = {constant.name: torch.from_numpy(numpy_helper.to_array(constant).copy()) for constant in constants}
    left = network.load_state_dict(weights, strict=False)
    absent = [name for name in left.missing_keys if not name.endswith("num_batches_tracked")]
    if absent or left.unexpected_keys:
        raise ValueError(f"{path} does not fit the network: without {absent}, unknown {left.unexpected_keys}")
    return network.eval()
