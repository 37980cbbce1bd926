// XML out: text escaped, elements built as strings. Only this file writes XML characters from data.

/** XML that is already escaped. */
export type Xml = string & { readonly __brand?: 'xml' };

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text. Control characters become numeric references, as S3 writes them: a carriage return of a key must come
 * back as one. */
export function escapeXml(text: string): Xml {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must be escaped
  return text.replace(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g, (char) => {
    return escapes[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`;
  });
}

/** An element with text; nothing at all where the text is undefined. */
export function element(name: string, text: string | number | boolean | undefined): Xml {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** An element with elements inside. */
export function parent(name: string, children: readonly Xml[], namespace?: string): Xml {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<${name}${attribute}>${children.join('')}</${name}>`;
}

/** A document. */
export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}
