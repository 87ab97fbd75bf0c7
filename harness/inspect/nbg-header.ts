import type { NbgHeader } from './inspection.ts';

const headerBytes = 92;

/** Reads the head of a compiled network binary; undefined if the payload is none. */
export function readNbgHeader(payload: Uint8Array): NbgHeader | undefined {
  if (payload.byteLength < headerBytes) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (view.getUint32(0, false) !== 0x56504d4e) return undefined; // "VPMN"
  const text = new TextDecoder('latin1').decode(payload.subarray(12, 76));
  return {
    formatVersion: view.getUint32(4, true),
    targetId: view.getUint32(8, true),
    name: text.slice(0, (text + '\0').indexOf('\0')),
    layers: view.getUint32(76, true),
    operations: view.getUint32(80, true),
    inputs: view.getUint32(84, true),
    outputs: view.getUint32(88, true),
  };
}

const targetFamilies: Readonly<Record<number, readonly string[]>> = {
  0x82: ['RK1808', 'RK1806', 'RK3399PRO'],
  0xb5: ['RV1109', 'RV1126', 'RK1109', 'RK1126'],
};

/** The chips of a customer id; undefined if it is not known. */
export const chipsOfTarget = (targetId: number): readonly string[] | undefined => targetFamilies[targetId];
