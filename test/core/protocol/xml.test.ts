import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeXml, renderXml } from '../../../core/protocol/xml.ts';
import { anyCharacter } from '../fixtures.ts';

const anyText = fc.string({ unit: anyCharacter, maxLength: 40 });

/** Reads text content as a conforming parser does: line ends first, then references; anything else special is an error. */
function readContent(xml: string): string {
  const normalised = xml.replace(/\r\n?/g, '\n');
  if (/[<>"']|&(?!(?:amp|lt|gt|quot|apos|#x[0-9A-F]+);)/.test(normalised)) throw new TypeError('markup in text');
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return normalised.replace(/&(?:#x([0-9A-F]+)|([a-z]+));/g, (_, hex: string | undefined, name: string) => {
    const character = hex === undefined ? entities[name]! : String.fromCodePoint(parseInt(hex, 16));
    if (!isXmlCharacter(character)) throw new TypeError('a reference to what XML cannot hold');
    return character;
  });
}
/** The production Char of XML 1.0. */
const isXmlCharacter = (character: string): boolean =>
  /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u.test(character);
const readable = (text: string): string => Array.from(text, (one) => (isXmlCharacter(one) ? one : '\ufffd')).join('');

describe('XML text', () => {
  it('round-trips any string that XML can hold, and never breaks on another', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readContent(escapeXml(text))).toBe(readable(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['\r', '&#xD;'],
    ['\n\t', '&#xA;&#x9;'],
    ['\u0085', '&#x85;'],
    ['\u0000', '\ufffd'],
    ['\u001b', '\ufffd'],
    ['\ufffe', '\ufffd'],
    ['\ud800', '\ufffd'],
    ['😀', '😀'],
    [']]>', ']]&gt;'],
    ['&amp;', '&amp;amp;'],
    ['</Message><Code>x', '&lt;/Message&gt;&lt;Code&gt;x'],
    [`"'`, '&quot;&apos;'],
  ])('writes %j as %s', (text, xml) => {
    expect(escapeXml(text)).toBe(xml);
  });
});

describe('an element', () => {
  it('nests, has its namespace at the root alone, and is left out without content', () => {
    expect(
      renderXml(
        [
          'a',
          [
            ['b', 'x'],
            ['c', undefined],
            ['d', 0],
            ['e', []],
            ['f', ''],
          ],
        ],
        'urn:"n"',
      ),
    ).toBe('<a xmlns="urn:&quot;n&quot;"><b>x</b><d>0</d><e></e><f></f></a>');
  });

  it('has exactly the tags it was given, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tags = renderXml(['a', [['b', text]]]).match(/<[^>]*>/g);
        expect(tags).toEqual(['<a>', '<b>', '</b>', '</a>']);
      }),
    );
  });
});
