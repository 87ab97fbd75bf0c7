"""What both fakes share: they note calls, and write them into a container that no board can run."""

import json
import os
import struct


class FakeToolkit:
    version = None

    def __init__(self, verbose=False, verbose_file=None):
        self.calls = []
        self.released = False

    def note(self, call, **arguments):
        self.calls.append([call, arguments])
        return int(os.environ.get('FAKE_RKNN_FAILS') == call) * -1

    def need(self, *files):
        for file in files:
            if not os.path.exists(file):
                raise RuntimeError('fake toolkit: {} is not there'.format(file))

    def read_listing(self, dataset):
        """The vendor's toolkit reads paths in a listing from its own working folder."""
        with open(dataset) as listing:
            runs = [line.split() for line in listing if line.strip()]
        self.need(*[file for run in runs for file in run])
        return len(runs)

    def export_rknn(self, export_path):
        status = self.note('export_rknn')
        if status == 0:
            trailer = json.dumps({
                'version': os.environ.get('FAKE_RKNN_VERSION', self.version),
                'target_platform': ['RK1808'],
                'norm_tensor': [],
                'graph': [],
                'fake_calls': self.calls,
            }).encode()
            with open(export_path, 'wb') as file:
                file.write(b'RKNN\0\0\0\0' + struct.pack('<QQ', 1, 0) + struct.pack('<Q', len(trailer)) + trailer)
        return status

    def release(self):
        self.released = True
