"""The two-class network: 37 convolutions in the shape of ResNet-34, made narrow to stay small.

First convolution 7x7, stride 2, then max pooling; four stages of 3, 4, 6 and 3 residual blocks, each opened by a block
with a projection; global average pool, fully connected, softmax. Convolutions have no bias: BatchNorm follows each.
"""

from torch import nn

from onnx_writer import OnnxWriter

_BLOCKS = (3, 4, 6, 3)
_WIDTHS = (16, 24, 32, 56)


def _conv(inputs, outputs, kernel, stride):
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, project):
        super().__init__()
        self.conv1, self.bn1 = _conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = _conv(outputs, outputs, 3, 1), nn.BatchNorm2d(outputs)
        self.projection = None
        if project:
            self.projection, self.projection_bn = _conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu()
        y = self.bn2(self.conv2(y))
        shortcut = self.projection_bn(self.projection(x)) if self.projection else x
        return (y + shortcut).relu()

    def write(self, writer, name, data):
        y = writer.conv(f"{name}.conv1", data, self.conv1)
        y = writer.relu(f"{name}.relu1", writer.batch_norm(f"{name}.bn1", y, self.bn1))
        y = writer.conv(f"{name}.conv2", y, self.conv2)
        y = writer.batch_norm(f"{name}.bn2", y, self.bn2)
        shortcut = data
        if self.projection:
            shortcut = writer.conv(f"{name}.projection", data, self.projection)
            shortcut = writer.batch_norm(f"{name}.projection_bn", shortcut, self.projection_bn)
        return writer.relu(f"{name}.relu2", writer.add(f"{name}.add", y, shortcut))


def _stage(inputs, width, count, stride):
    """Blocks of one width; the first brings the stride and a projection on its shortcut."""
    first = ResidualBlock(inputs, width, stride, project=True)
    return nn.Sequential(first, *(ResidualBlock(width, width, 1, project=False) for _ in range(count - 1)))


class ResidualNetwork(nn.Module):
    """Answers logits; `write_onnx` adds the softmax."""

    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = _conv(3, _WIDTHS[0], 7, 2), nn.BatchNorm2d(_WIDTHS[0])
        self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)
        inputs = _WIDTHS[0]
        for stage, (count, width) in enumerate(zip(_BLOCKS, _WIDTHS), start=1):
            self.add_module(f"layer{stage}", _stage(inputs, width, count, stride=1 if stage == 1 else 2))
            inputs = width
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.pool1(self.bn1(self.conv1(x)).relu())
        for _, layer in self._stages():
            x = layer(x)
        return self.fc(x.mean(dim=(2, 3)))

    def write_onnx(self, name, input_shape, description):
        writer = OnnxWriter(name, "data", input_shape)
        x = writer.conv("conv1", "data", self.conv1)
        x = writer.relu("relu1", writer.batch_norm("bn1", x, self.bn1))
        x = writer.max_pool("pool1", x, kernel=3, stride=2, padding=1)
        for stage, layer in self._stages():
            for number, block in enumerate(layer):
                x = block.write(writer, f"{stage}.{number}", x)
        x = writer.flatten("flatten", writer.global_average_pool("pool5", x))
        x = writer.fully_connected("fc", x, self.fc)
        return writer.model(writer.softmax("prob", x), [1, self.fc.out_features], description)

    def _stages(self):
        return [(name, module) for name, module in self.named_children() if name.startswith("layer")]
