import { escapeMarkup } from '../facts/escape-markup.ts';

export type Attributes = Readonly<Record<string, string | number>>;

/**
 * One XML element.
 *
 * @param content - Elements that are markup already, or text, which is escaped.
 */
export function element(name: string, attributes: Attributes, content: readonly string[] | string): string {
  const head = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${attribute(value)}"`),
  ].join(' ');
  if (typeof content === 'string') return `<${head}>${escapeMarkup(content)}</${name}>`;
  return content.length === 0 ? `<${head}/>` : `<${head}>\n${content.join('\n')}\n</${name}>`;
}

// A parser turns a bare line end in an attribute into a blank.
const attribute = (value: string | number): string => escapeMarkup(String(value)).replaceAll('\n', '&#10;');
