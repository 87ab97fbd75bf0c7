import { readFile, writeFile } from 'node:fs/promises';

/**
 * Takes Google's analytics out of a generated page. Allure puts it into every report and has no option against it; a
 * report of a lab must work offline and tell nobody who reads it.
 */
export async function removeAnalytics(page: string): Promise<void> {
  const html = await readFile(page, 'utf8');
  await writeFile(page, withoutAnalytics(html));
}

export function withoutAnalytics(html: string): string {
  return html
    .replace(/<script[^>]*\ssrc="https:\/\/www\.googletagmanager\.com\/[^"]*"[^>]*>\s*<\/script>/g, '')
    .replace(/<script>\s*window\.dataLayer\b[\s\S]*?<\/script>/g, '');
}
