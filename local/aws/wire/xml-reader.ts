// XML in: the documents S3 takes (keys to delete, parts to complete, a location), with S3's own error for what is none.
import { readXml, type XmlNode } from '../../../core/protocol/xml-reader.ts';
import { AwsRefusal } from '../refusal.ts';

export type { XmlNode as XmlElement } from '../../../core/protocol/xml-reader.ts';

/** Parses a document with the given root element. Throws MalformedXML. */
export function parseXml(body: Buffer, rootName: string): XmlNode {
  const node = readXml(decodeUtf8(body), rootName);
  if (node === undefined) throw malformedXml();
  return node;
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
  { children, text }: XmlNode,
  names: { readonly one: readonly string[]; readonly many?: readonly string[] },
): { readonly one: ReadonlyMap<string, XmlNode>; readonly many: readonly XmlNode[] } {
  if (text.trim() !== '') throw malformedXml();
  const one = new Map<string, XmlNode>();
  const many: XmlNode[] = [];
  for (const child of children) {
    if (names.many?.includes(child.name) === true) many.push(child);
    else if (names.one.includes(child.name) && !one.has(child.name)) one.set(child.name, child);
    else throw malformedXml();
  }
  return { one, many };
}

/** The text of a leaf element. */
export function textOf(element: XmlNode | undefined): string | undefined {
  if (element !== undefined && element.children.length > 0) throw malformedXml();
  return element?.text;
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformedXml();
  }
}
