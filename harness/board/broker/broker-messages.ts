import type { Socket } from 'node:net';
import type { Candidate } from './board-broker.ts';
import type { SetAside, VisitOutcome } from './lease.ts';

/** What a worker says to the broker in the main process of the same run. */
export type ToBroker =
  | { readonly type: 'request'; readonly id: number; readonly candidates: readonly Candidate[] }
  | { readonly type: 'cancel'; readonly id: number }
  | {
      readonly type: 'release';
      readonly fence: number;
      readonly outcome: VisitOutcome;
      readonly warm: boolean;
    }
  | { readonly type: 'closed'; readonly board: string }
  /** A finished record as JSON. */
  | { readonly type: 'record'; readonly id: number; readonly record: string };

export type FromBroker =
  | { readonly type: 'granted'; readonly id: number; readonly choice: number; readonly fence: number }
  | { readonly type: 'refused'; readonly id: number; readonly boards: readonly SetAside[] }
  | { readonly type: 'recall'; readonly board: string }
  | { readonly type: 'called-off' }
  | { readonly type: 'kept'; readonly id: number };

/** One JSON document on each line, in both directions. */
export const sendMessage = (socket: Socket, message: ToBroker | FromBroker): void => {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
};

/** Hands over each message. Both ends are of one release, so what arrives is what was sent. */
export function onMessage(socket: Socket, handle: (message: unknown) => void): void {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) handle(JSON.parse(line));
  });
}
