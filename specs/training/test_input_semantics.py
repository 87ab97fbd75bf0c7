"""Values worked out by hand from the order of operations. Run: python -m unittest."""

import unittest

import numpy as np
from input_semantics import network_input


def planes(buffer, dtype, layout, size, mean, reorder=(0, 1, 2), std=1):
    return network_input(buffer, dtype, layout, size, mean, std, reorder).tolist()


class NetworkInput(unittest.TestCase):
    def test_unsigned_bytes_keep_their_value(self):
        self.assertEqual(planes(bytes([10, 200, 255]), "uint8", "NHWC", 1, 128), [[[-118]], [[72]], [[127]]])

    def test_bytes_declared_signed_wrap_from_128_on_and_the_reorder_exchanges_first_and_last(self):
        got = planes(bytes([10, 200, 255]), "int8", "NHWC", 1, 128, reorder=(2, 1, 0))
        self.assertEqual(got, [[[-129]], [[-184]], [[-118]]])

    def test_the_mean_counts_channels_after_the_reorder(self):
        got = planes(bytes([1, 2, 3]), "uint8", "NHWC", 1, np.reshape([10, 20, 30], (3, 1, 1)), reorder=(2, 1, 0))
        self.assertEqual(got, [[[-7]], [[-18]], [[-29]]])

    def test_interleaved_bytes_declared_as_planes_are_cut_into_thirds(self):
        got = planes(bytes(range(12)), "uint8", "NCHW", 2, 0)
        self.assertEqual(got, [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8, 9], [10, 11]]])

    def test_the_reorder_acts_on_float_planes_too(self):
        got = planes(np.float32([1, 2, 3]).tobytes(), "float32", "NCHW", 1, 0, reorder=(2, 1, 0))
        self.assertEqual(got, [[[3]], [[2]], [[1]]])

    def test_half_precision_is_truncated_toward_zero(self):
        # Between 2048 and 4096 halves are 2 apart; the largest is 65504, the smallest normal 2^-14.
        got = planes(np.float32([2049.9, -2051.5, 70000]).tobytes(), "float32", "NCHW", 1, 0)
        self.assertEqual(got, [[[2048]], [[-2050]], [[65504]]])
        got = planes(np.float32([2.0**-15, 1 / 3, -1 / 3]).tobytes(), "float32", "NCHW", 1, 0)
        self.assertEqual(got, [[[0]], [[0.333251953125]], [[-0.333251953125]]])


if __name__ == "__main__":
    unittest.main()
