// XML in: the few small documents S3 takes (keys to delete, parts to complete, a location). Elements, text and numeric
// references only; a doctype, entity, CDATA section, comment or foreign attribute is refused rather than interpreted.
import { AwsRefusal } from '../refusal.ts';

/** An element: either text or children, never both. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const declaration = /^\uFEFF?(?:<\?xml[^<>?]*\?>)?\s*/;
const openTag = /<([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z][A-Za-z:]*\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(\/?)>/y;
const closeTag = /<\/([A-Za-z][A-Za-z0-9]*)\s*>/y;
const maxDepth = 8;

/** Parses a document with the given root element. Throws MalformedXML. */
export function parseXml(body: Buffer, rootName: string): XmlElement {
  const text = decodeUtf8(body);
  const { element, end } = readElement(text, declaration.exec(text)?.[0].length ?? 0, 0);
  if (element.name !== rootName || text.slice(end).trim() !== '') throw malformedXml();
  return element;
}

/** The error for a body that is not the XML S3 expects. */
export function malformedXml(): AwsRefusal {
  return new AwsRefusal(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

/** The children by name, each allowed and given at most once unless listed as many. Throws MalformedXML. */
export function childrenOf(
  { children, text }: XmlElement,
  names: { readonly one: readonly string[]; readonly many?: readonly string[] },
): { readonly one: ReadonlyMap<string, XmlElement>; readonly many: readonly XmlElement[] } {
  if (text.trim() !== '') throw malformedXml();
  const one = new Map<string, XmlElement>();
  const many: XmlElement[] = [];
  for (const child of children) {
    if (names.many?.includes(child.name) === true) many.push(child);
    else if (names.one.includes(child.name) && !one.has(child.name)) one.set(child.name, child);
    else throw malformedXml();
  }
  return { one, many };
}

/** The text of a leaf element. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (element !== undefined && element.children.length > 0) throw malformedXml();
  return element?.text;
}

function readElement(text: string, start: number, depth: number): { element: XmlElement; end: number } {
  openTag.lastIndex = start;
  const open = openTag.exec(text);
  if (open === null || depth > maxDepth) throw malformedXml();
  const [, name = '', attributes = '', empty] = open;
  // A namespace declaration is all that S3 documents carry.
  if (attributes.trim() !== '' && !/^\s*xmlns\s*=\s*(?:"[^"]*"|'[^']*')$/.test(attributes)) throw malformedXml();
  let position = openTag.lastIndex;
  if (empty === '/') return { element: { name, text: '', children: [] }, end: position };
  const children: XmlElement[] = [];
  let content = '';
  for (;;) {
    const next = text.indexOf('<', position);
    if (next === -1) throw malformedXml();
    content += decodeReferences(text.slice(position, next));
    closeTag.lastIndex = next;
    const close = closeTag.exec(text);
    if (close !== null) {
      if (close[1] !== name || (children.length > 0 && content.trim() !== '')) throw malformedXml();
      return { element: { name, text: content, children }, end: closeTag.lastIndex };
    }
    const child = readElement(text, next, depth + 1);
    children.push(child.element);
    position = child.end;
  }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  return text.replace(/&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([a-z]{1,4}))?;?/g, (whole, hex, decimal, name) => {
    if (!whole.endsWith(';')) throw malformedXml();
    if (typeof name === 'string') {
      const char = Object.hasOwn(named, name) ? named[name] : undefined;
      if (char === undefined) throw malformedXml();
      return char;
    }
    const code = typeof hex === 'string' ? parseInt(hex, 16) : typeof decimal === 'string' ? Number(decimal) : NaN;
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw malformedXml();
    return String.fromCodePoint(code);
  });
}

function decodeUtf8(body: Buffer): string {
  try {
    // A literal carriage return is a line end to XML parsers; SDKs write a key's own as a reference.
    return new TextDecoder('utf-8', { fatal: true }).decode(body).replace(/\r\n?/g, '\n');
  } catch {
    throw malformedXml();
  }
}
