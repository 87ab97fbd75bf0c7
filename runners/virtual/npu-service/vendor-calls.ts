/** The functions of the vendor's interface. The place in the list is the call's number and bit on the wire. */
export const vendorCalls = [
  'rknn_init',
  'rknn_destroy',
  'rknn_query',
  'rknn_inputs_set',
  'rknn_run',
  'rknn_outputs_get',
  'rknn_outputs_release',
  'rknn_inputs_map',
  'rknn_inputs_sync',
  'rknn_inputs_unmap',
  'rknn_outputs_map',
  'rknn_outputs_sync',
  'rknn_outputs_unmap',
  'rknn_create_mem',
  'rknn_destroy_mem',
  'rknn_set_io_mem',
] as const;

export type VendorCall = (typeof vendorCalls)[number];
