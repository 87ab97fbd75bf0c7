import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SpecError } from '../spec/spec-error.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { isInside, relativePath } from './path-in-project.ts';
import { findProjectRoot, loadProject } from './project.ts';

describe('the project of a folder', () => {
  test('is the nearest parent with a config', () => {
    using place = temporaryProject({
      'inner/hil.config.yaml': '',
      'inner/specs/deep/file': '',
      'package.json': '{}',
    });

    expect(findProjectRoot(place.path('inner/specs/deep'))).toBe(place.path('inner'));
    expect(findProjectRoot(place.root)).toBe(place.root);
  });

  test('is the nearest parent with a package where no config is', () => {
    using place = temporaryProject({ 'web/package.json': '{}', 'web/src/file': '' });
    rmSync(place.path('hil.config.yaml'));

    expect(findProjectRoot(place.path('web/src'))).toBe(place.path('web'));
  });

  test('is one further out with a config, rather than a package nearby', () => {
    using place = temporaryProject({ 'web/package.json': '{}', 'web/src/file': '' });

    expect(findProjectRoot(place.path('web/src'))).toBe(place.root);
  });
});

test('a config says where things are, relative to itself', () => {
  using place = temporaryProject({
    'hil.config.yaml': 'golden: reference/golden\nstate: .state\nretries: 0',
    'specs/file': '',
  });

  const project = loadProject(place.path('specs'));

  expect(project).toMatchObject({
    root: place.root,
    goldenFolder: place.path('reference/golden'),
    stateFolder: place.path('.state'),
    config: { retries: 0, boards: [], exclude: [] },
  });
});

test('an empty config is one of defaults', () => {
  using place = temporaryProject();
  using bare = temporaryProject();
  rmSync(bare.path('hil.config.yaml'));

  expect(place.project.config).toEqual(bare.project.config);
  expect(place.project.config).toMatchObject({ golden: 'golden', state: '.hil' });
});

test.each([
  ['an unknown key', 'retrys: 3', 'hil.config.yaml:1: retrys is unknown; did you mean retries?'],
  [
    'a value of another type',
    '\nretries: often',
    'hil.config.yaml:2: retries is "often", but must be a number',
  ],
  ['a number out of range', 'retries: 11', 'hil.config.yaml:1: retries is 11, but must be at most 10'],
  [
    'a board of an unknown kind',
    'boards:\n  - name: a\n    kind: real',
    'hil.config.yaml:3: boards[0].kind is "real", but must be one of virtual, container, ssh',
  ],
  [
    'a name that is no word',
    'boards: [{ name: my board, kind: virtual }]',
    'hil.config.yaml:1: boards[0].name is "my board", but must be letters, digits, dot, dash, underscore',
  ],
  [
    'a version that is none',
    'boards: [{ name: a, kind: virtual, sdks: [newest] }]',
    'hil.config.yaml:1: boards[0].sdks[0] is "newest", but must be a version such as 1.7.5',
  ],
  [
    'two boards of one name',
    'boards: [{ name: a, kind: virtual }, { name: a, kind: virtual }]',
    'hil.config.yaml:1: boards is a list of 2, but must be boards that each have a name of their own',
  ],
  [
    'a board without a kind',
    'boards: [{ name: a }]',
    'hil.config.yaml:1: boards[0].kind is missing: one of virtual, container, ssh is needed',
  ],
  [
    'a board without an address',
    'boards: [{ name: a, kind: ssh, sdks: [1.7.5] }]',
    'hil.config.yaml:1: boards[0].host is missing: text is needed',
  ],
  [
    'a board that offers no SDK',
    'boards: [{ name: a, kind: ssh, host: b }]',
    'hil.config.yaml:1: boards[0].sdks is missing: the SDK versions that the board offers, here or under libraries is needed',
  ],
  [
    'a key of another kind of board',
    'boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], fault: {} }]',
    'hil.config.yaml:1: boards[0].fault is unknown; known here: ',
  ],
  [
    'a key that nearly exists',
    'boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], hostkeys: [] }]',
    'hil.config.yaml:1: boards[0].hostkeys is unknown; did you mean hostKeys?',
  ],
  [
    'a credential of no kind',
    'boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], credentials: [{ keys: x }] }]',
    'hil.config.yaml:1: boards[0].credentials[0].keys is unknown; did you mean key?',
  ],
  [
    'a fingerprint that is none',
    'boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], hostKeys: ["MD5:aa:bb"] }]',
    'boards[0].hostKeys[0] is "MD5:aa:bb", but must be a fingerprint as `ssh-keygen -l` prints it',
  ],
  [
    'a command for a shell',
    'boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], power: { cycle: "relay off; relay on" } }]',
    'boards[0].power.cycle is "relay off; relay on", but must be a list',
  ],
  ['a list instead of a map', '- retries', 'hil.config.yaml:1: is a list of 1, but must be a map'],
  ['tabs', 'boards:\n\t- name: a', 'hil.config.yaml:2: is indented with a tab'],
])('refuses a config with %s, naming line and remedy', (_, text, problem) => {
  using place = temporaryProject({ 'hil.config.yaml': text });

  const loading = () => place.project;

  expect(loading).toThrow(SpecError);
  expect(loading).toThrow(problem);
});

test('tells every problem of a config at once', () => {
  using place = temporaryProject({ 'hil.config.yaml': 'retries: -1\nspec: []\n' });

  expect(() => place.project).toThrow(
    expect.objectContaining({
      message: [
        'hil.config.yaml:1: retries is -1, but must be at least 0',
        'hil.config.yaml:2: spec is unknown; did you mean specs?',
      ].join('\n'),
      hint: 'Correct the file; docs/spec-reference.md lists every key.',
    }),
  );
});

test.each(['password: hunter2', 'password: { env: "hunter2!" }', 'key: k, passphrase: hunter2'])(
  'does not repeat a secret that was written into the config: %s',
  (credential) => {
    using place = temporaryProject({
      'hil.config.yaml': `boards: [{ name: a, kind: ssh, host: b, sdks: [1.7.5], credentials: [{ ${credential} }] }]`,
    });

    expect(() => place.project).toThrow('is text (not shown), but must be');
    expect(() => place.project).not.toThrow('hunter2');
  },
);

test('says that a config cannot be read', () => {
  using place = temporaryProject();
  rmSync(place.path('hil.config.yaml'));
  mkdirSync(place.path('hil.config.yaml'));

  expect(() => place.project).toThrow('hil.config.yaml: is no plain file');
});

test('paths are told relative to the root, and what only begins like a folder is not inside', () => {
  using place = temporaryProject();

  expect(relativePath(place.root, place.path('specs/a.hil.yaml'))).toBe('specs/a.hil.yaml');
  expect(isInside(place.path('specs'), place.path('specs/a'))).toBe(true);
  expect(isInside(place.path('specs'), place.path('specs'))).toBe(true);
  expect(isInside(place.path('specs'), place.path('specs-old/a'))).toBe(false);
  expect(isInside(place.path('specs'), place.path('specs/..a'))).toBe(true);
  expect(isInside(place.path('specs'), dirname(place.root))).toBe(false);
});
