"""The ten-class network: depthwise separable convolutions as in MobileNet, made narrow for 64x64 pictures.

Activations are ReLU, not ReLU6. Per-tensor 8-bit quantisation suffers when the channels of one depthwise layer have
ranges that differ widely; with ReLU a channel's range can be moved between neighbouring layers without changing the
function (relu(s*x) = s*relu(x) for s > 0), which ReLU6's fixed ceiling forbids.
"""

from torch import nn

from onnx_writer import OnnxWriter

_STEM = 16
# Output channels and stride of each separable block.
_BLOCKS = ((32, 1), (48, 2), (48, 1), (96, 2), (96, 1), (160, 2), (160, 1), (224, 1))


class SeparableBlock(nn.Module):
    """One 3x3 filter for each channel, then a 1x1 convolution that mixes the channels."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.dw = nn.Conv2d(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False)
        self.dw_bn = nn.BatchNorm2d(inputs)
        self.pw, self.pw_bn = nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = self.dw_bn(self.dw(x)).relu()
        return self.pw_bn(self.pw(x)).relu()

    def write(self, writer, name, data):
        x = writer.batch_norm(f"{name}.dw_bn", writer.conv(f"{name}.dw", data, self.dw), self.dw_bn)
        x = writer.relu(f"{name}.dw_relu", x)
        x = writer.batch_norm(f"{name}.pw_bn", writer.conv(f"{name}.pw", x, self.pw), self.pw_bn)
        return writer.relu(f"{name}.pw_relu", x)


class SeparableNetwork(nn.Module):
    """Answers logits; `write_onnx` adds the softmax."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, _STEM, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        widths = (_STEM, *(width for width, _ in _BLOCKS))
        strides = (stride for _, stride in _BLOCKS)
        self.blocks = nn.Sequential(*map(SeparableBlock, widths, widths[1:], strides))
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = self.blocks(self.bn1(self.conv1(x)).relu())
        return self.fc(x.mean(dim=(2, 3)))

    def write_onnx(self, name, input_shape, description):
        writer = OnnxWriter(name, "data", input_shape)
        x = writer.relu("relu1", writer.batch_norm("bn1", writer.conv("conv1", "data", self.conv1), self.bn1))
        for number, block in enumerate(self.blocks):
            x = block.write(writer, f"blocks.{number}", x)
        x = writer.flatten("flatten", writer.global_average_pool("pool", x))
        x = writer.fully_connected("fc", x, self.fc)
        return writer.model(writer.softmax("prob", x), [1, self.fc.out_features], description)
