import { describe, expect, test } from 'vitest';
import { reportError } from '../../harness/hil-error.ts';
import type { SshAddress } from './ssh-address.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

const address: SshAddress = {
  name: 'stick-3',
  host: '192.168.180.8',
  port: 22,
  user: 'toybrick',
  hostKeys: [],
  credentials: [{ kind: 'password', password: 'secret word' }],
  workFolder: '/userdata/hil',
};

const error = (message: string, code?: string): Error & { code?: unknown } =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('what ssh2 and the socket report', () => {
  test.each([
    ['connect ECONNREFUSED 192.168.180.8:22', 'ECONNREFUSED', 'refused'],
    ['connect EHOSTUNREACH 192.168.180.8:22', 'EHOSTUNREACH', 'unreachable'],
    ['getaddrinfo ENOTFOUND stick-3', 'ENOTFOUND', 'name'],
    ['getaddrinfo EAI_AGAIN stick-3', 'EAI_AGAIN', 'name'],
    ['Timed out while waiting for handshake', undefined, 'handshake'],
    ['Connection lost before handshake', undefined, 'closed'],
    ['read ECONNRESET', 'ECONNRESET', 'closed'],
    ['All configured authentication methods failed', undefined, 'login'],
    ['Handshake failed: no matching key exchange algorithm', undefined, 'algorithms'],
    ['something new', undefined, 'other'],
  ])('"%s" before the login is the fault %3$s', (message, code, fault) => {
    expect(classifySshFault(error(message, code), false)).toBe(fault);
  });

  test.each([
    ['read ECONNRESET', 'ECONNRESET', 'lost'],
    ['read ETIMEDOUT', 'ETIMEDOUT', 'lost'],
    ['No response from server', undefined, 'lost'],
    ['Keepalive timeout', undefined, 'frozen'],
    ['Bad packet length', undefined, 'corrupt'],
    ['Invalid MAC', undefined, 'corrupt'],
    ['Unsupported state or unable to authenticate data', undefined, 'corrupt'],
    ['error:00000000:lib(0)::reason(0)', undefined, 'corrupt'],
    ['(SSH) Channel open failure: open failed', undefined, 'channels'],
  ])('"%s" after the login is the fault %3$s', (message, code, fault) => {
    expect(classifySshFault(error(message, code), true)).toBe(fault);
  });
});

test('prints what happened, what to do, and never a password', () => {
  const report = reportError(
    new SshError(address, 'refused', 'connect ECONNREFUSED', error('connect ECONNREFUSED')),
  );

  expect(report).toEqual({
    code: 'HIL_SSH_REFUSED',
    owner: 'lab',
    message: 'board stick-3 (192.168.180.8:22) refuses connections: connect ECONNREFUSED',
    hint: 'The board is up but no SSH server listens on this port: wait until it has booted, or check the port, then try: ssh -p 22 toybrick@192.168.180.8 true',
    causes: ['Error: connect ECONNREFUSED'],
  });
  expect(JSON.stringify(report)).not.toContain('secret');
});

test('takes a channel that is refused for trouble of our own', () => {
  expect(new SshError(address, 'channels', '')).toMatchObject({ owner: 'harness', retry: 'same-board' });
  expect(new SshError(address, 'hostKeyChanged', '')).toMatchObject({ owner: 'lab', retry: 'never' });
});
