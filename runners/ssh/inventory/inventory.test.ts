import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reportError } from '../../../harness/hil-error.ts';
import { temporaryProject } from '../../../harness/spec/temporary-project.ts';
import { program, skipUnlessMet } from '../../machine-needs.ts';
import { freshKey } from '../../virtual/embedded/fresh-key.ts';
import { boardEntry } from '../real-server/board-with-stand-in.ts';
import { addressOf } from './address-of.ts';
import { pinHostKeys, readKnownBoards } from './known-boards.ts';
import { readOpensshConfig } from './openssh-config.ts';
import { usesVendorPassword } from './vendor-passwords.ts';

const key = freshKey().text;
const pin = (letter: string) => `SHA256:${letter.repeat(43)}`;

/** A project with a home folder in it. */
function place(files: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) {
  const project = temporaryProject({});
  onTestFinished(() => project[Symbol.dispose]());
  for (const [name, text] of Object.entries({ 'home/.ssh/id_ed25519': key, ...files })) {
    mkdirSync(dirname(project.path(name)), { recursive: true });
    writeFileSync(project.path(name), text, { mode: 0o600 });
  }
  const context = { root: project.root, home: project.path('home'), env };
  const address = (entry: object = {}) =>
    addressOf(
      boardEntry({ name: 'stick', kind: 'ssh', host: 'lab-stick', sdks: ['1.7.5'], ...entry }),
      context,
    );
  return { root: project.root, path: (name: string) => project.path(name), context, address };
}

const sshConfig = `
Host lab-stick
  HostName 192.0.2.8
  Port 2222
  User toybrick
  IdentityFile ~/.ssh/stick key
  ProxyJump me@gateway:2200,gw2
Host gw2
  HostName 192.0.2.1
`;

describe('~/.ssh/config', () => {
  test('says where an alias leads, through which hosts, and with which key', () => {
    const { address } = place({
      'home/.ssh/config': sshConfig.replace('stick key', 'stick'),
      'home/.ssh/stick': key,
    });

    const found = address();

    expect(found).toMatchObject({ name: 'stick', host: '192.0.2.8', port: 2222, user: 'toybrick' });
    expect(found.credentials).toMatchObject([{ kind: 'key' }]);
    expect(found.jump?.map(({ name, host, port, user }) => ({ name, host, port, user }))).toEqual([
      { name: 'stick: jump host gateway', host: 'gateway', port: 2200, user: 'me' },
      { name: 'stick: jump host gw2', host: '192.0.2.1', port: 22, user: 'root' },
    ]);
  });

  test('gives way to what the entry says', () => {
    const { address } = place({ 'home/.ssh/config': sshConfig });

    const found = address({ port: 22, user: 'root', jump: [], credentials: [{ key: '~/.ssh/id_ed25519' }] });

    expect(found).toMatchObject({ host: '192.0.2.8', port: 22, user: 'root', jump: [] });
  });

  test('is followed into the files that it includes', () => {
    const { address } = place({
      'home/.ssh/config': 'Include conf.d/*.conf\n',
      'home/.ssh/conf.d/a.conf': 'Host lab-stick\n  HostName 192.0.2.9\n',
    });

    expect(address().host).toBe('192.0.2.9');
  });

  test('never starts a program: neither Match exec, nor ProxyCommand, nor a look-up', () => {
    const { path, context } = place();
    const mark = path('pwned');
    writeFileSync(
      path('home/.ssh/config'),
      `Match exec "touch ${mark}"\n  User evil\nMatch host x exec "touch ${mark}"\n  User evil\nHost *\n  ProxyCommand touch ${mark}\n  CanonicalizeHostName yes\n  CanonicalDomains example.invalid\n  User good\n`,
    );

    const found = readOpensshConfig(context.home)('x');

    expect(found.user).toBe('good');
    expect(existsSync(mark)).toBe(false);
  });

  test('that is not there says nothing', () => {
    expect(place().address()).toMatchObject({ host: 'lab-stick', port: 22, user: 'root', jump: [] });
  });
});

describe('secrets', () => {
  test('come from the environment or from a file of one’s own', () => {
    const { address } = place({ 'secrets/pass': 'from file\nmore\n' }, { BOARD_PASS: 'from env' });

    const { credentials } = address({
      credentials: [{ password: { env: 'BOARD_PASS' } }, { password: { file: 'secrets/pass' } }],
    });

    expect(credentials.map((one) => one.kind === 'password' && one.password)).toEqual([
      'from env',
      'from file',
    ]);
  });

  test('are in nothing that is printed, inspected or turned into JSON', () => {
    const { address } = place({}, { P: 'hunter2' });

    const found = address({ credentials: [{ key: '~/.ssh/id_ed25519' }, { password: { env: 'P' } }] });

    for (const text of [
      inspect(found, { depth: 9 }),
      JSON.stringify(found),
      inspect(reportError(found), { depth: 9 }),
    ]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain('PRIVATE KEY');
    }
  });

  test.each([
    [
      'a variable that is not set',
      { password: { env: 'NOT_SET' } },
      'environment variable NOT_SET, which is not set',
    ],
    ['a file that is not there', { password: { file: 'nowhere' } }, 'cannot be read: ENOENT'],
    ['an empty file', { password: { file: 'empty' } }, 'whose first line is empty'],
    [
      'a file that others may read',
      { password: { file: 'open' } },
      'may be read by others (its mode is 0644)',
    ],
    ['a key that others may read', { key: 'open' }, 'may be read by others'],
    ['a key that is none', { key: 'empty' }, 'cannot be read as a private key'],
    ['an agent where none runs', { agent: true }, 'SSH_AUTH_SOCK is not set'],
  ])('that are to come from %s are an error that says so', (_, credential, problem) => {
    const { address, path } = place({ empty: '\n', open: 'hunter2' });
    chmodSync(path('open'), 0o644);

    expect(() => address({ credentials: [credential] })).toThrow(
      expect.objectContaining({ code: 'HIL_BOARD_ENTRY', message: expect.stringContaining(problem) }),
    );
    expect(() => address({ credentials: [credential] })).not.toThrow('hunter2');
  });

  test('an encrypted key needs its passphrase, and the right one', (context) => {
    skipUnlessMet(context, program('ssh-keygen'));
    const { address, path } = place({}, { RIGHT: 'open sesame', WRONG: 'hunter2' });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', path('locked')]);
    const withPassphrase = (more: object) => () => address({ credentials: [{ key: 'locked', ...more }] });

    expect(withPassphrase({})).toThrow('is encrypted, and the entry names no passphrase');
    expect(withPassphrase({ passphrase: { env: 'WRONG' } })).toThrow('does not open with the passphrase');
    expect(withPassphrase({ passphrase: { env: 'WRONG' } })).not.toThrow('hunter2');
    expect(withPassphrase({ passphrase: { env: 'RIGHT' } })().credentials).toHaveLength(1);
  });

  test('where nothing is configured, an encrypted key is passed over for the agent', (context) => {
    skipUnlessMet(context, program('ssh-keygen'));
    const { address, path } = place({}, { SSH_AUTH_SOCK: '/run/agent' });
    writeFileSync(path('home/.ssh/config'), 'IdentityFile ~/.ssh/locked\n');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'x', '-f', join(path('home'), '.ssh/locked')]);

    expect(address().credentials).toEqual([{ kind: 'agent', socket: '/run/agent' }]);
  });

  test('of the vendor are known for what they are', () => {
    expect(usesVendorPassword([{ kind: 'password', password: 'rockchip' }])).toBe(true);
    expect(usesVendorPassword([{ kind: 'password', password: 'another' }])).toBe(false);
  });
});

describe('hil.known-boards.yaml', () => {
  test('adds its pins to those of the entry, for boards and for jump hosts', () => {
    const { address, root } = place({ 'home/.ssh/config': sshConfig });
    pinHostKeys(root, { kind: 'boards', name: 'stick' }, [pin('a')]);
    pinHostKeys(root, { kind: 'jump', name: 'gateway:2200' }, [pin('b')]);

    const found = address({ hostKeys: [pin('c')], credentials: [{ key: '~/.ssh/id_ed25519' }] });

    expect(found.hostKeys).toEqual([pin('c'), pin('a')]);
    expect(found.jump?.map(({ hostKeys }) => hostKeys)).toEqual([[pin('b')], []]);
  });

  test('keeps comments and other entries when a key is pinned', () => {
    const { root, path } = place();
    writeFileSync(
      path('hil.known-boards.yaml'),
      `# bench 3\nboards:\n  # on the shelf\n  other:\n    - ${pin('x')}\n`,
    );

    pinHostKeys(root, { kind: 'boards', name: 'stick' }, [pin('a'), pin('b')]);

    expect(readFileSync(path('hil.known-boards.yaml'), 'utf8')).toBe(
      `# bench 3\nboards:\n  # on the shelf\n  other:\n    - ${pin('x')}\n  stick:\n    - ${pin('a')}\n    - ${pin('b')}\n`,
    );
    expect(readKnownBoards(root).boards).toEqual({ other: [pin('x')], stick: [pin('a'), pin('b')] });
  });

  test('that was spoilt by hand is an error with line and remedy', () => {
    const { root, path } = place();
    writeFileSync(path('hil.known-boards.yaml'), 'boards:\n  stick: [MD5:aa]\n');

    expect(() => readKnownBoards(root)).toThrow(
      'hil.known-boards.yaml:2: boards.stick[0] is "MD5:aa", but must be a fingerprint such as SHA256:…',
    );
  });
});
