import { z } from 'zod';

const fingerprint = z
  .string()
  .regex(
    /^SHA256:[A-Za-z0-9+/]{43}$/,
    'a fingerprint as `ssh-keygen -l` prints it: SHA256: and 43 characters',
  );

const hostKeys = z
  .array(fingerprint)
  .default([])
  .describe(
    'Pinned host keys; several allow a planned change. `hil board trust` keeps them in hil.known-boards.yaml instead.',
  );

const secretSchema = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, 'the name of an environment variable')
      .describe('Name of the environment variable that holds it.'),
  }),
  z.strictObject({
    file: z
      .string()
      .min(1)
      .describe('File whose first line it is; must not be readable by others. Relative to this file, or ~/.'),
  }),
]);

const credentialSchema = z.union([
  z.strictObject({
    key: z.string().min(1).describe('File of the private key. Relative to this file, or ~/.'),
    passphrase: secretSchema
      .optional()
      .describe('Where the passphrase of an encrypted key is; never the passphrase.'),
  }),
  z.strictObject({
    agent: z.literal(true).describe('Ask the SSH agent that SSH_AUTH_SOCK names.'),
  }),
  z.strictObject({
    password: secretSchema.describe('Where the password is; never the password itself.'),
  }),
]);

const credentials = z
  .array(credentialSchema)
  .min(1)
  .optional()
  .describe('Ways to log in, tried in this order. Default: IdentityFile of ~/.ssh/config, then the agent.');

const host = z
  .string()
  .regex(/^[\w.:%-]+$/, 'an address, a host name, or a Host alias of ~/.ssh/config')
  .describe('Address, host name, or a Host alias of ~/.ssh/config.');
const port = z.number().int().min(1).max(65_535).optional().describe('22 by default.');
const user = z
  .string()
  .regex(/^[^\s@:]+$/, 'a user name')
  .optional()
  .describe('By default the User of ~/.ssh/config, else root.');

const names = (what: string) => z.array(z.string().regex(/^[\w@.-]+$/, `the name of ${what}`)).optional();

const algorithmsSchema = z.strictObject({
  legacy: z
    .boolean()
    .default(false)
    .describe(
      'Also accept what firmware from before 2020 may need: SHA-1 key exchange and ssh-rsa host keys.',
    ),
  kex: names('a key exchange').describe('Key exchanges to accept besides the usual.'),
  serverHostKey: names('a host key algorithm').describe('Host key algorithms to accept besides the usual.'),
  cipher: names('a cipher').describe('Ciphers to accept besides the usual.'),
  hmac: names('a MAC').describe('MACs to accept besides the usual.'),
});

const algorithms = algorithmsSchema
  .optional()
  .describe('Old SSH algorithms, for this one machine only; every run says so.');

const hopSchema = z.strictObject({ host, port, user, credentials, hostKeys, algorithms });

const onBoard = z
  .string()
  .regex(/^\/[^\0]*$/, 'an absolute path on the board')
  .describe('Absolute path of a library that the board has.');

const librarySchema = z.union([
  onBoard,
  z.strictObject({
    folder: z
      .string()
      .min(1)
      .describe('Folder here whose files are put on the board together. Relative to this file.'),
    file: z
      .string()
      .regex(/^[\w.+-]+$/, 'a file name without folders')
      .default('librknn_runtime.so')
      .describe('Which of its files the device runner opens.'),
  }),
  z.strictObject({
    file: z
      .string()
      .min(1)
      .describe('A single library here that is put on the board. Relative to this file.'),
  }),
]);

/** A program and its arguments, as words: no shell reads them. */
const command = z
  .array(z.string().min(1))
  .min(1)
  .describe('A program here and its arguments, as a list of words; no shell reads them.');

const powerSchema = z.union([
  z.strictObject({ cycle: command }),
  z.strictObject({
    off: command,
    on: command,
    pauseSeconds: z.number().min(0).max(600).default(5).describe('Time without power.'),
  }),
]);

const durationText = 'a duration such as 500ms, 30s or 2m';
const duration = z.string(durationText).regex(/^\d+(\.\d+)?(ms|s|m)$/, durationText);

const limitsSchema = z.strictObject({
  connectTimeout: duration.optional().describe('For the TCP connection; 10s by default.'),
  handshakeTimeout: duration
    .optional()
    .describe('For the SSH handshake and the login together; 15s by default.'),
  helloTimeout: duration
    .optional()
    .describe('For the device runner to open the vendor’s library and to answer; 20s by default.'),
  minFreeMiB: z
    .number()
    .nonnegative()
    .default(16)
    .describe('Room on the board’s disk that uploads leave free, in MiB: cached files make way first.'),
  maxCacheMiB: z
    .number()
    .positive()
    .optional()
    .describe('Largest size of our cache on the board, in MiB. Without it, the disk is the limit.'),
  maxTemperature: z
    .number()
    .min(0)
    .max(150)
    .default(85)
    .describe(
      'Above this, in °C, the board is too hot: a case waits until it is 5 °C cooler, or takes another board.',
    ),
  coolWithin: duration.default('5m').describe('How long a board that is too hot may take to cool down.'),
});

const canarySchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .describe('A small .rknn file whose answer on this board is known. Relative to this file.'),
  input: z
    .string()
    .min(1)
    .describe(
      'Its input as .npy: uint8 pixels in NHWC order, or the model’s own type. Relative to this file.',
    ),
  expected: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'The raw answers as .npy, one file for each output; compared bit for bit. Relative to this file.',
    ),
});

/** A board that is reached over SSH: an entry under `boards` in hil.config.yaml. */
export const sshBoardFields = {
  kind: z.literal('ssh').describe('A board that is reached over SSH.'),
  host,
  port,
  user,
  credentials,
  hostKeys,
  jump: z
    .array(z.union([host, hopSchema]))
    .optional()
    .describe(
      'Hosts to go through, nearest to here first. By default the ProxyJump of ~/.ssh/config; [] for none.',
    ),
  chip: z.string().min(1).default('RK1808').describe('As the vendor spells it.'),
  simulated: z
    .boolean()
    .default(false)
    .describe('True for a board whose vendor library is a stand-in; its results never mix with hardware’s.'),
  workFolder: z
    .string()
    .regex(/^\/[^\0]+$/, 'an absolute path on the board')
    .default('/userdata/hil')
    .describe(
      'Folder on the board that belongs to the harness. Where it cannot be written to, the next of /userdata/hil, ~/.hil, /var/tmp/hil, /tmp/hil, /dev/shm/hil is used, and `hil board check` says so.',
    ),
  runner: z
    .union([
      z.strictObject({ file: z.string().min(1).describe('A program here that is put on the board.') }),
      z.strictObject({ path: onBoard.describe('Absolute path of a program that the board has.') }),
    ])
    .optional()
    .describe('The device runner to use instead of the prebuilt one for the board’s architecture.'),
  libraries: z
    .record(z.string().regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.7.5'), librarySchema)
    .optional()
    .describe(
      'The vendor library of each SDK version: a path on the board, or files here to put there. A version under `sdks` that is not here uses what is installed on the board.',
    ),
  power: powerSchema.optional().describe('How to switch the board off and on.'),
  limits: limitsSchema
    .default({ minFreeMiB: 16, maxTemperature: 85, coolWithin: '5m' })
    .describe('Limits of time, room and heat.'),
  algorithms,
  canary: canarySchema
    .optional()
    .describe(
      'A model with a known answer. Without it a crash of the vendor’s code stays the rig’s trouble: nothing shows that the board is fit.',
    ),
};

export type SecretSource = z.infer<typeof secretSchema>;
export type CredentialConfig = z.infer<typeof credentialSchema>;
export type HopConfig = z.infer<typeof hopSchema>;
export type AlgorithmsConfig = z.infer<typeof algorithmsSchema>;
export type LibraryConfig = z.infer<typeof librarySchema>;
export type PowerConfig = z.infer<typeof powerSchema>;
export type LimitsConfig = z.infer<typeof limitsSchema>;
export type CanaryConfig = z.infer<typeof canarySchema>;
