"""A fake of rknn-toolkit 1.3: it takes the calls and converts nothing."""

from fake_base import FakeToolkit


class RKNN(FakeToolkit):
    version = '1.3.2'

    def config(self, batch_size=100, channel_mean_value='', epochs=-1, reorder_channel='',
               quantized_dtype='asymmetric_quantized-u8', optimization_level=3, target_platform=None):
        if quantized_dtype not in ('asymmetric_quantized-u8', 'dynamic_fixed_point-8', 'dynamic_fixed_point-16'):
            return -1
        # The releases of that time return nothing here.
        self.note('config', channel_mean_value=channel_mean_value, reorder_channel=reorder_channel,
                  quantized_dtype=quantized_dtype, target_platform=target_platform)

    def load_caffe(self, model, proto='caffe', blobs=None):
        self.need(model, blobs)
        return self.note('load_caffe', proto=proto)

    def load_onnx(self, model):
        self.need(model)
        return self.note('load_onnx')

    def build(self, do_quantization=True, dataset='./dataset.txt', pre_compile=False, rknn_batch_size=1):
        runs = self.read_listing(dataset) if do_quantization else 0
        return self.note('build', do_quantization=do_quantization, runs=runs, pre_compile=pre_compile)
