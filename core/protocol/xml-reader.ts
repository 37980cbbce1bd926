// XML in: the few small documents of AWS's XML protocols. Elements, text and references only; a doctype, entity of one's own,
// CDATA section, comment or foreign attribute is refused rather than interpreted, so nothing in a document can expand or hide.
// @see https://www.w3.org/TR/xml/

/** An element: either text or children, never both. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const declaration = /^\uFEFF?(?:<\?xml[^<>?]*\?>)?\s*/;
const openTag = /<([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z][A-Za-z:]*\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(\/?)>/y;
const closeTag = /<\/([A-Za-z][A-Za-z0-9]*)\s*>/y;
const namespaceOnly = /^\s*xmlns\s*=\s*(?:"[^"]*"|'[^']*')$/;
const maxDepth = 8;

/** Reads a document with the given root element; undefined where it is anything else. */
export function readXml(untrustedText: string, rootName: string): XmlNode | undefined {
  // A literal carriage return is a line end to XML parsers; writers give a value's own as a reference.
  const text = untrustedText.replace(/\r\n?/g, '\n');
  const read = readElement(text, declaration.exec(text)?.[0].length ?? 0, 0);
  if (read === undefined || read.node.name !== rootName || text.slice(read.end).trim() !== '') return undefined;
  return read.node;
}

/** The text of the one leaf at a path of child names; undefined where an element of the path is missing, is there twice, or
 * the last has children: of two answers in one document neither is taken. */
export function leafText(node: XmlNode, path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return node.children.length > 0 ? undefined : node.text;
  const [child, ...others] = node.children.filter((candidate) => candidate.name === name);
  return child === undefined || others.length > 0 ? undefined : leafText(child, rest);
}

interface Read {
  readonly node: XmlNode;
  readonly end: number;
}

function readElement(text: string, start: number, depth: number): Read | undefined {
  openTag.lastIndex = start;
  const open = openTag.exec(text);
  if (open === null || depth > maxDepth) return undefined;
  const [, name = '', attributes = '', empty] = open;
  // A namespace declaration is all that these documents carry.
  if (attributes.trim() !== '' && !namespaceOnly.test(attributes)) return undefined;
  let position = openTag.lastIndex;
  if (empty === '/') return { node: { name, text: '', children: [] }, end: position };
  const children: XmlNode[] = [];
  let content = '';
  for (;;) {
    const next = text.indexOf('<', position);
    const piece = next === -1 ? undefined : decodeReferences(text.slice(position, next));
    if (piece === undefined) return undefined;
    content += piece;
    closeTag.lastIndex = next;
    const close = closeTag.exec(text);
    if (close !== null) {
      if (close[1] !== name || (children.length > 0 && content.trim() !== '')) return undefined;
      return { node: { name, text: children.length > 0 ? '' : content, children }, end: closeTag.lastIndex };
    }
    const child = readElement(text, next, depth + 1);
    if (child === undefined) return undefined;
    children.push(child.node);
    position = child.end;
  }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const reference = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([a-z]{1,4}))?;?/g;

/** Text with its references filled in; undefined where one is none. */
function decodeReferences(text: string): string | undefined {
  if (!text.includes('&')) return text;
  const unknown: string[] = [];
  const decoded = text.replace(reference, (whole, hex?: string, decimal?: string, name?: string) => {
    const character = whole.endsWith(';') ? referenced(hex, decimal, name) : undefined;
    if (character === undefined) unknown.push(whole);
    return character ?? '';
  });
  return unknown.length === 0 ? decoded : undefined;
}

function referenced(hex?: string, decimal?: string, name?: string): string | undefined {
  if (name !== undefined) return Object.hasOwn(named, name) ? named[name] : undefined;
  const code = hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : NaN;
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
