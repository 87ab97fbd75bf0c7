import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ReportGenerationError } from './generate-report.ts';

export interface ServeReportOptions {
  /** Absolute path of a report's folder. */
  readonly folder: string;
  /** Any free port by default. */
  readonly port?: number | undefined;
  /** Opens the browser. */
  readonly open?: boolean | undefined;
}

/** A server that is running; disposing stops it. */
export interface ServedReport extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves a report to this machine only. (Allure's own server listens on every network interface.)
 *
 * @throws {ReportGenerationError} If the folder holds no report.
 */
export async function serveReport({
  folder,
  port = 0,
  open = false,
}: ServeReportOptions): Promise<ServedReport> {
  const page = await stat(join(folder, 'index.html')).catch(() => undefined);
  if (!page?.isFile()) {
    throw new ReportGenerationError(`${folder} holds no report: there is no index.html`, {
      hint: 'Make the report first, or name its folder.',
    });
  }
  // Takes a while to load, which only those who serve shall wait for.
  const { preview } = await import('vite');
  const server = await preview({
    configFile: false,
    logLevel: 'silent',
    appType: 'mpa',
    root: folder,
    build: { outDir: '.' },
    preview: { host: '127.0.0.1', port, strictPort: port !== 0, open },
  });
  const address = server.httpServer.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://127.0.0.1:${listening}/`, [Symbol.asyncDispose]: () => server.close() };
}
