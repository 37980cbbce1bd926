// XML out, for answers of the STS Query protocol: elements are data, and text becomes XML in this one place. Nothing that a
// caller, a token or a configuration says can open or close an element here.
// @see https://www.w3.org/TR/xml/#charsets

/** A name and what is inside: text, further elements, or nothing at all (undefined: the element is left out). */
export type XmlElement = readonly [name: string, content: string | number | readonly XmlElement[] | undefined];

const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as XML content. What XML 1.0 cannot hold even as a reference (NUL and its like, half a surrogate pair, U+FFFE) becomes
 * U+FFFD: one such character would make parsers throw the whole answer away, credentials included. Line ends and the other
 * control characters become references, because parsers rewrite a literal carriage return. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\ufffe\uffff\p{Cc}\p{Cs}]/gu, (character) => {
    const code = character.charCodeAt(0);
    const fitsXml = (code >= 0x20 && code < 0xd800) || character === '\t' || character === '\n' || character === '\r';
    return named[character] ?? (fitsXml ? `&#x${code.toString(16).toUpperCase()};` : '\ufffd');
  });
}

/** Renders an element; `namespace` becomes its `xmlns`. */
export function renderXml([name, content]: XmlElement, namespace?: string): string {
  if (content === undefined) return '';
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  const inside =
    typeof content === 'object' ? content.map((child) => renderXml(child)).join('') : escapeXml(String(content));
  return `<${name}${attribute}>${inside}</${name}>`;
}
