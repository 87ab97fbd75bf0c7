"""A fake of rknn-toolkit 1.7: it takes the calls and converts nothing."""

from fake_base import FakeToolkit


class RKNN(FakeToolkit):
    version = '1.7.5b1'

    def config(self, batch_size=100, epochs=-1, reorder_channel=None, quantized_dtype='asymmetric_affine-u8',
               quantized_algorithm='normal', mmse_epoch=3, optimization_level=3, target_platform=None,
               mean_values=None, std_values=None, channel_mean_value=None, force_builtin_perm=False,
               merge_dequant_layer_and_output_node=False, quantize_input_node=False):
        if quantized_dtype not in ('asymmetric_affine-u8', 'dynamic_fixed_point-i8', 'dynamic_fixed_point-i16'):
            return -1
        return self.note('config', mean_values=mean_values, std_values=std_values,
                         reorder_channel=reorder_channel, quantized_dtype=quantized_dtype,
                         quantized_algorithm=quantized_algorithm, target_platform=target_platform)

    def load_caffe(self, model, proto, blobs=None):
        self.need(model, blobs)
        return self.note('load_caffe', proto=proto)

    def load_onnx(self, model, inputs=None, input_size_list=None, outputs=None):
        self.need(model)
        return self.note('load_onnx', inputs=inputs, input_size_list=input_size_list, outputs=outputs)

    def build(self, do_quantization=True, dataset='dataset.txt', pre_compile=False, rknn_batch_size=-1):
        runs = self.read_listing(dataset) if do_quantization else 0
        return self.note('build', do_quantization=do_quantization, runs=runs, pre_compile=pre_compile)
