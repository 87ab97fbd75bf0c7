// Makes docs/images/report.png, the README's picture of the report: runs the story, makes its Allure report, and takes a
// picture of one failed case with a headless Chromium. Needs `npm run build` and a program `chromium`.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const hil = join(root, 'bin/hil.js');
const wanted = 'story 2, declared planes › picture';
const folder = mkdtempSync(join(tmpdir(), 'hil-picture-'));
const report = join(folder, 'report');
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.css': 'text/css',
};

// Its cases fail, which is what they are for.
const run = spawnSync(process.execPath, [hil, 'run', 'specs/story'], { cwd: root, stdio: 'inherit' });
if (run.status !== 1) throw new Error(`the story ended with ${run.status}`);
execFileSync(process.execPath, [hil, 'report', '--no-open', '--output', report], {
  cwd: root,
  stdio: 'inherit',
});
const results = join(report, 'data/test-results');
const result = readdirSync(results)
  .map((file) => JSON.parse(readFileSync(join(results, file), 'utf8')))
  .find(({ name }) => name === wanted);

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  try {
    const bytes = readFileSync(join(report, path === '/' ? 'index.html' : path));
    response.setHeader('content-type', types[extname(path) || '.html'] ?? 'application/octet-stream');
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const page = `http://127.0.0.1:${server.address().port}/#${result.id}`;
const picture = join(folder, 'page.png');
await promisify(execFile)('chromium', [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--hide-scrollbars',
  '--window-size=1000,1330',
  '--virtual-time-budget=15000',
  `--screenshot=${picture}`,
  page,
]);
server.close();
await sharp(picture)
  .extract({ left: 0, top: 0, width: 1000, height: 1170 })
  .png({ palette: true, colours: 64 })
  .toFile(join(root, 'docs/images/report.png'));
rmSync(folder, { recursive: true });
