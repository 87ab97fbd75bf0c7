import { LineCounter, parseDocument, type YAMLParseError } from 'yaml';
import { SpecError } from './spec-error.ts';

/** A parsed YAML or JSON file that still knows its lines. */
export interface ParsedDocument {
  readonly value: unknown;
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Aliases that may be expanded in one file: generous for people, deadly for an anchor bomb. */
const maxAliases = 100;

/**
 * Reads YAML (or JSON, by the file's name).
 *
 * @param file - Name for messages, relative to the project's root.
 * @throws {SpecError} With the line: syntax, tabs, duplicate keys, exploding anchors.
 */
export function parseTextDocument(text: string, file: string): ParsedDocument {
  if (file.endsWith('.json')) return parseJson(text, file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { message, hint } = explain(error);
    throw new SpecError(file, [{ path: '', line: lines.linePos(error.pos[0]).line, message }], {
      hint,
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (cause) {
    throw new SpecError(file, [{ path: '', message: `expands its anchors more than ${maxAliases} times` }], {
      hint: 'Write the values out, or share them in hil.defaults.yaml.',
      cause,
    });
  }
  return {
    value,
    lineOf(path) {
      for (let depth = path.length; depth >= 0; depth--) {
        const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
        if (node?.range) return lines.linePos(node.range[0]!).line;
      }
      return undefined;
    },
  };
}

function explain({ code, message }: YAMLParseError): { message: string; hint: string } {
  switch (code) {
    case 'TAB_AS_INDENT':
      return {
        message: 'is indented with a tab, but YAML allows only spaces there',
        hint: 'Replace the tabs by spaces.',
      };
    case 'MULTIPLE_DOCS':
      return {
        message: 'begins a second document, but a file holds one',
        hint: 'Take the line --- away; several specs in one file are a list: each begins with "- ".',
      };
    default:
      return {
        message: `is not valid YAML: ${firstSentence(message)}`,
        hint: 'Correct the file at that line.',
      };
  }
}

function parseJson(text: string, file: string): ParsedDocument {
  try {
    return { value: JSON.parse(text), lineOf: () => undefined };
  } catch (cause) {
    throw new SpecError(file, [{ path: '', message: `is not valid JSON: ${(cause as Error).message}` }], {
      cause,
    });
  }
}

const firstSentence = (message: string) => message.split('\n')[0]!;
