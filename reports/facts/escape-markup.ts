import { stripVTControlCharacters } from 'node:util';

const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text made safe for XML and HTML, in content and in quoted attributes. Characters that XML 1.0 forbids (controls, lone
 * surrogates) become U+FFFD, because no escape can carry them; terminal colours are taken out first.
 */
export function escapeMarkup(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => replacements[character] ?? character);
}
