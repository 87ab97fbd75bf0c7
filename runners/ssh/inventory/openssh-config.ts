import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import SshConfig, { parse } from 'ssh-config';
import { globSync } from 'tinyglobby';

/** What ~/.ssh/config says about a host. */
export interface HostSettings {
  readonly hostName?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** As written, with `~` and `%` tokens replaced. */
  readonly identityFiles: readonly string[];
  /** `[user@]host[:port]` each, nearest to here first. */
  readonly proxyJump: readonly string[];
}

const deepestInclude = 16;

/**
 * Reads a user's ~/.ssh/config. Only HostName, Port, User, IdentityFile and ProxyJump matter, Include is followed, and
 * nothing is ever executed: a `Match exec` block never matches, ProxyCommand is ignored, and names are not canonicalised.
 *
 * @returns What the file says about a host or an alias.
 */
export function readOpensshConfig(home: string): (host: string) => HostSettings {
  const path = join(home, '.ssh', 'config');
  const config = readWithIncludes(path, home, 0);
  return (host) => {
    // Keys are lower case, as OpenSSH does not care.
    const found = config.compute(host, { matchExec: false, ignoreCase: true });
    const hostName = first(found['hostname'])?.replaceAll('%h', host);
    const user = first(found['user']);
    const port = Number(first(found['port']));
    const jump = first(found['proxyjump']);
    return {
      hostName,
      // The library fills in who runs this program where the file says nothing.
      user,
      port: Number.isInteger(port) && port > 0 ? port : undefined,
      identityFiles: [found['identityfile'] ?? []]
        .flat()
        .filter((file) => file.toLowerCase() !== 'none')
        .map((file) => expand(file, { home, host: hostName ?? host, user: user ?? '' })),
      proxyJump: jump === undefined || jump.toLowerCase() === 'none' ? [] : jump.split(','),
    };
  };
}

function readWithIncludes(path: string, home: string, depth: number): SshConfig {
  if (depth > deepestInclude || !existsSync(path)) return parse('');
  const lines = parse(readFileSync(path, 'utf8'));
  return withIncludes(lines, home, depth);
}

function withIncludes(lines: SshConfig, home: string, depth: number): SshConfig {
  const whole = new SshConfig();
  for (const line of lines) {
    if (line.type !== SshConfig.DIRECTIVE) continue;
    // Looking a name up to canonicalise it would start a program.
    if (/^canonical/i.test(line.param)) continue;
    if (/^include$/i.test(line.param)) {
      for (const file of includedFiles(line.value, home))
        whole.push(...readWithIncludes(file, home, depth + 1));
      continue;
    }
    if ('config' in line) line.config = withIncludes(line.config, home, depth);
    whole.push(line);
  }
  return whole;
}

function includedFiles(value: string | readonly { readonly val: string }[], home: string): string[] {
  const patterns = typeof value === 'string' ? value.split(/\s+/) : value.map(({ val }) => val);
  return patterns.flatMap((pattern) => {
    const path = pattern.startsWith('~/')
      ? join(home, pattern.slice(2))
      : pattern.startsWith('/')
        ? pattern
        : join(home, '.ssh', pattern);
    return globSync(basename(path), {
      cwd: dirname(path),
      absolute: true,
      dot: true,
      expandDirectories: false,
    }).sort();
  });
}

const first = (value: string | string[] | undefined): string | undefined => [value].flat()[0];

const expand = (path: string, { home, host, user }: { home: string; host: string; user: string }): string =>
  path
    .replace(/^~(?=\/)/, home)
    .replaceAll(
      /%[dhrn%]/g,
      (token) => ({ '%d': home, '%h': host, '%r': user, '%n': host, '%%': '%' })[token]!,
    );
