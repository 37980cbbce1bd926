// JSON without second readings: duplicate members, `__proto__`, deep nesting and floods of members are refused before any
// value is used. JSON.parse alone keeps the last of two members, and two parsers that differ are a way in.
// @see https://www.rfc-editor.org/rfc/rfc7493 (I-JSON)

/** Bounds of one document. */
export interface JsonBounds {
  readonly maxDepth: number;
  readonly maxMembers: number;
}

/** Why a text was refused; a constant per cause, never the text itself. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
}

/** Parses strictly. The text's length must already be bounded. Throws {@link StrictJsonError}. */
export function parseStrictJson(text: string, bounds: JsonBounds): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StrictJsonError('not JSON');
  }
  // The grammar holds from here on, so the scan needs to know strings and brackets only.
  scanMembers(text, bounds);
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8 without repair: invalid bytes would otherwise all become the same replacement character.
 * Throws {@link StrictJsonError}. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new StrictJsonError('not UTF-8');
  }
}

function scanMembers(text: string, { maxDepth, maxMembers }: JsonBounds): void {
  const open: (Set<string> | undefined)[] = [];
  let members = 0;
  let expectsName = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (expectsName && names !== undefined) {
        const name = readString(text, at, end);
        if (name === '__proto__') throw new StrictJsonError('a member named __proto__');
        if (names.has(name)) throw new StrictJsonError('a duplicate member');
        names.add(name);
        expectsName = false;
      }
      at = end - 1;
    } else if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : undefined) > maxDepth)
        throw new StrictJsonError('nested too deeply');
      expectsName = character === '{';
      members += 1;
    } else if (character === '}' || character === ']') {
      open.pop();
      expectsName = false;
    } else if (character === ',') {
      expectsName = open.at(-1) !== undefined;
      members += 1;
    }
    if (members > maxMembers) throw new StrictJsonError('too many members');
  }
}

/** Index after the closing quote of the string that opens at `start`: the next quote with an even number of backslashes, 0 as a
 * rule, before it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

/** The string between its quotes; only one with escapes has to be parsed to be compared. */
function readString(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  return inside.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inside;
}
