import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url);
const pages = globSync(['*.md', 'docs/**/*.md', 'specs/**/*.md'], { cwd: fileURLToPath(root) }).sort();
const read = (page: string) => readFileSync(new URL(page, root), 'utf8');

/** Targets of Markdown links and pictures that lead to files of the repository. */
const localLinks = (text: string) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^\w+:/.test(target));

/** As GitHub names the anchors of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.for(pages)('%s links only to files and headings that exist', (page) => {
  const broken = localLinks(read(page)).filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = new URL(path === '' ? page : path, path === '' ? root : new URL(page, root));
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
  });

  expect(broken).toEqual([]);
});

test('docs/README.md lists every page', () => {
  const listed = localLinks(read('docs/README.md'));
  const inDocs = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');

  expect(inDocs.filter((page) => !listed.includes(page.replace('docs/', '')))).toEqual([]);
});

test('links are found, to files of the repository only, and headings named as GitHub does', () => {
  expect(localLinks('[a](b.md#c) ![d](e.png) [f](https://example.org)')).toEqual(['b.md#c', 'e.png']);
  expect(anchorsOf('# Three places for mean, order, layout and `type`')).toEqual([
    'three-places-for-mean-order-layout-and-type',
  ]);
});
