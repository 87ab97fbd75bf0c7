import { posix } from 'node:path';

/** A file operation that failed, in the words that an operating system uses. */
export class FileError extends Error {
  readonly errno: keyof typeof errnoTexts;

  constructor(errno: keyof typeof errnoTexts, path: string) {
    super(`${path}: ${errnoTexts[errno]}`);
    this.name = 'FileError';
    this.errno = errno;
  }

  /** As a shell prints it, without the path. */
  get text(): string {
    return errnoTexts[this.errno];
  }
}

const errnoTexts = {
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
} as const;

/** A growing file; `bytes` beyond `size` are spare. */
interface FileNode {
  bytes: Uint8Array;
  size: number;
}

export interface MemoryFileSystemOptions {
  /** Bytes that files may take together. */
  readonly capacityBytes: number;
  /** Content of files that are made when they are read, such as those in /proc; undefined if there is none. */
  readonly generated: (path: string) => string | undefined;
}

/** The files of an embedded board: one flat disk with a capacity, in memory. Paths are absolute. */
export class MemoryFileSystem {
  capacityBytes: number;
  readOnly = false;
  readonly #generated: MemoryFileSystemOptions['generated'];
  readonly #files = new Map<string, FileNode>();
  readonly #folders = new Set<string>(['/']);

  constructor({ capacityBytes, generated }: MemoryFileSystemOptions) {
    this.capacityBytes = capacityBytes;
    this.#generated = generated;
  }

  get usedBytes(): number {
    let used = 0;
    for (const { size } of new Set(this.#files.values())) used += size;
    return used;
  }

  /** Shares the file's memory: what is written later may show. */
  read(path: string): Uint8Array {
    const file = this.#files.get(path);
    if (file) return file.bytes.subarray(0, file.size);
    const text = this.#generated(path);
    if (text !== undefined) return Buffer.from(text, 'utf8');
    throw new FileError(this.#folders.has(path) ? 'EISDIR' : 'ENOENT', path);
  }

  /** `folder` also for generated ones that have generated files in them. */
  kindOf(path: string): 'file' | 'folder' | undefined {
    if (this.#files.has(path) || this.#generated(path) !== undefined) return 'file';
    return this.#folders.has(path) ? 'folder' : undefined;
  }

  sizeOf(path: string): number {
    return this.read(path).length;
  }

  /** Makes an empty file, or empties it. */
  create(path: string): void {
    this.#checkWritable(path);
    if (this.#folders.has(path)) throw new FileError('EISDIR', path);
    if (!this.#folders.has(posix.dirname(path))) throw new FileError('ENOENT', path);
    this.#files.set(path, { bytes: new Uint8Array(0), size: 0 });
  }

  /** Writes at a position, which may lie behind the end. A full disk takes nothing of it. */
  write(path: string, position: number, data: Uint8Array): void {
    this.#checkWritable(path);
    const file = this.#files.get(path);
    if (file === undefined) throw new FileError('ENOENT', path);
    const end = position + data.length;
    const growth = end - file.size;
    if (growth > 0 && this.usedBytes + growth > this.capacityBytes) throw new FileError('ENOSPC', path);
    if (end > file.bytes.length) {
      const larger = new Uint8Array(Math.max(end, file.bytes.length * 2));
      larger.set(file.bytes.subarray(0, file.size));
      file.bytes = larger;
    }
    file.bytes.set(data, position);
    file.size = Math.max(file.size, end);
  }

  append(path: string, data: Uint8Array): void {
    if (!this.#files.has(path)) this.create(path);
    this.write(path, this.#files.get(path)!.size, data);
  }

  /** Makes a folder and those above it. */
  makeFolder(path: string): void {
    if (this.kindOf(path) === 'folder') return;
    if (this.kindOf(path) === 'file') throw new FileError('ENOTDIR', path);
    this.makeFolder(posix.dirname(path));
    this.#checkWritable(path);
    this.#folders.add(path);
  }

  rename(from: string, to: string): void {
    this.#checkWritable(to);
    const file = this.#files.get(from);
    if (file === undefined) throw new FileError('ENOENT', from);
    if (!this.#folders.has(posix.dirname(to))) throw new FileError('ENOENT', to);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  /** Gives a file a second name; it is gone when both are removed. */
  link(from: string, to: string): void {
    this.#checkWritable(to);
    const file = this.#files.get(from);
    if (file === undefined || !this.#folders.has(posix.dirname(to))) throw new FileError('ENOENT', from);
    this.#files.set(to, file);
  }

  /** Removes a file, or a folder with all that is in it. */
  remove(path: string): void {
    if (!this.#files.has(path) && !this.#folders.has(path)) throw new FileError('ENOENT', path);
    this.#checkWritable(path);
    const within = (other: string): boolean => other === path || other.startsWith(`${path}/`);
    for (const other of this.#files.keys()) if (within(other)) this.#files.delete(other);
    for (const other of this.#folders) if (within(other)) this.#folders.delete(other);
  }

  /** Names in a folder, sorted. */
  list(path: string): string[] {
    if (!this.#folders.has(path)) throw new FileError(this.#files.has(path) ? 'ENOTDIR' : 'ENOENT', path);
    return [...this.#files.keys(), ...this.#folders]
      .filter((other) => other !== '/' && posix.dirname(other) === path)
      .map((other) => posix.basename(other))
      .toSorted();
  }

  #checkWritable(path: string): void {
    if (this.#generated(path) !== undefined) throw new FileError('EACCES', path);
    if (this.readOnly) throw new FileError('EROFS', path);
  }
}
