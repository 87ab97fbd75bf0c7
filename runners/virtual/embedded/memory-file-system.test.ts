import { describe, expect, test } from 'vitest';
import { FileError, MemoryFileSystem } from './memory-file-system.ts';

const newDisk = (capacityBytes = 1000): MemoryFileSystem =>
  new MemoryFileSystem({
    capacityBytes,
    generated: (path) => (path === '/proc/version' ? 'Linux\n' : undefined),
  });

const text = (disk: MemoryFileSystem, path: string): string => Buffer.from(disk.read(path)).toString();
const errnoOf = (act: () => void): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof FileError ? error.errno : String(error);
  }
};

describe('the disk of an embedded board', () => {
  test('keeps what is written, wherever in the file', () => {
    const disk = newDisk();
    disk.create('/file');

    disk.write('/file', 3, Buffer.from('def'));
    disk.write('/file', 0, Buffer.from('abc'));
    disk.append('/file', Buffer.from('ghi'));
    disk.write('/file', 4, Buffer.from('E'));

    expect(text(disk, '/file')).toBe('abcdEfghi');
    expect(disk.usedBytes).toBe(9);
  });

  test('is full when its capacity is used, and free again after a removal', () => {
    const disk = newDisk(10);
    disk.append('/a', new Uint8Array(8));

    expect(errnoOf(() => disk.append('/b', new Uint8Array(3)))).toBe('ENOSPC');
    expect(errnoOf(() => disk.write('/a', 0, new Uint8Array(8)))).toBe('none');
    disk.remove('/a');
    expect(errnoOf(() => disk.append('/b', new Uint8Array(10)))).toBe('none');
  });

  test('takes nothing while it is read-only, and can still be read', () => {
    const disk = newDisk();
    disk.append('/a', Buffer.from('x'));
    disk.readOnly = true;

    const attempts = [
      () => disk.append('/a', Buffer.from('y')),
      () => disk.create('/b'),
      () => disk.makeFolder('/c'),
      () => disk.rename('/a', '/b'),
      () => disk.remove('/a'),
    ];

    expect(attempts.map(errnoOf)).toEqual(['EROFS', 'EROFS', 'EROFS', 'EROFS', 'EROFS']);
    expect(text(disk, '/a')).toBe('x');
  });

  test('has files only in folders that exist', () => {
    const disk = newDisk();

    expect(errnoOf(() => disk.create('/deep/down/file'))).toBe('ENOENT');
    disk.makeFolder('/deep/down');
    disk.create('/deep/down/file');

    expect(disk.list('/deep')).toEqual(['down']);
    expect(errnoOf(() => disk.makeFolder('/deep/down/file/x'))).toBe('ENOTDIR');
    expect(errnoOf(() => disk.read('/deep'))).toBe('EISDIR');
    expect(errnoOf(() => disk.create('/deep'))).toBe('EISDIR');
  });

  test('renames over a file that is there', () => {
    const disk = newDisk();
    disk.append('/new', Buffer.from('new'));
    disk.append('/old', Buffer.from('old'));

    disk.rename('/new', '/old');

    expect(text(disk, '/old')).toBe('new');
    expect(disk.kindOf('/new')).toBeUndefined();
  });

  test('removes a folder with all that is in it, and nothing beside it', () => {
    const disk = newDisk();
    disk.makeFolder('/a/b');
    disk.append('/a/b/file', Buffer.from('x'));
    disk.append('/ab', Buffer.from('y'));

    disk.remove('/a');

    expect(disk.list('/')).toEqual(['ab']);
  });

  test('shows generated files, which cannot be written', () => {
    const disk = newDisk();

    expect(text(disk, '/proc/version')).toBe('Linux\n');
    expect(disk.kindOf('/proc/version')).toBe('file');
    expect(errnoOf(() => disk.append('/proc/version', Buffer.from('x')))).toBe('EACCES');
  });

  test('says what is wrong in the words of an operating system', () => {
    expect(() => newDisk().read('/none')).toThrow('/none: No such file or directory');
  });
});
