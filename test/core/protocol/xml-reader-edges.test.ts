// The XML reader: small documents as AWS writes them, and everything else refused rather than interpreted.
import { describe, expect, it } from 'vitest';
import { leafText, readXml } from '../../../core/protocol/xml-reader.ts';
import { renderXml } from '../../../core/protocol/xml.ts';

const textOf = (xml: string): string | undefined => {
  const node = readXml(xml, 'R');
  return node === undefined ? undefined : leafText(node, []);
};

describe('a document', () => {
  it('gives names, children and text', () => {
    expect(readXml('<?xml version="1.0"?>\n<R xmlns="https://x/"><A>1</A> <B><C/></B></R>\n', 'R')).toEqual({
      name: 'R',
      text: '',
      children: [
        { name: 'A', text: '1', children: [] },
        { name: 'B', text: '', children: [{ name: 'C', text: '', children: [] }] },
      ],
    });
  });

  it.each([
    ['<R></R>', ''],
    ['<R/>', ''],
    ['<R />', ''],
    ['\ufeff<R>a</R>', 'a'],
    ['<?xml version="1.0" encoding="UTF-8"?><R>a</R >', 'a'],
    ["<R xmlns='x'>a</R>", 'a'],
    ['<R xmlns = "x" >a</R>', 'a'],
    ['<R> a </R>', ' a '],
    ['<R>a\r\nb\rc</R>', 'a\nb\nc'],
    ['<R>a&#13;b</R>', 'a\rb'],
    ['<R>&lt;&gt;&amp;&quot;&apos;</R>', '<>&"\''],
    ['<R>&#65;&#x41;&#x1F600;&#x10ffff;&#xE000;</R>', 'AA\u{1f600}\u{10ffff}\ue000'],
    ['<R>]]&gt;</R>', ']]>'],
  ])('is read: %j', (xml, text) => {
    expect(textOf(xml)).toBe(text);
  });

  it.each([
    '',
    'a',
    '<S>a</S>',
    '<R>',
    '</R>',
    '<R>a',
    '<R>a</S>',
    '<R><A></R>',
    '<R><A></R></A>',
    '<R/><R/>',
    '<R/>x',
    'x<R/>',
    '<R id="1"/>',
    '<R xmlns="a" xmlns="b"/>',
    '<R xmlns:a="b"/>',
    '<R xmlns="a&amp;b"/>',
    '<R xmlns="<"/>',
    '<R xmlns=a/>',
    '<1/>',
    '<R-A/>',
    '< R/>',
    '<!DOCTYPE R><R/>',
    '<!DOCTYPE R [<!ENTITY a "b">]><R>&a;</R>',
    '<R><![CDATA[a]]></R>',
    '<R><!-- a --></R>',
    '<R><?a?></R>',
    '<?xml version="1.0"?><?xml version="1.0"?><R/>',
    '<R>a<A/></R>',
    '<R><A/>a</R>',
    '<R><A/>a<B/></R>',
    '<R>&</R>',
    '<R>& </R>',
    '<R>&;</R>',
    '<R>&amp</R>',
    '<R>&nbsp;</R>',
    '<R>&toString;</R>',
    '<R>&#;</R>',
    '<R>&#x;</R>',
    '<R>&#65</R>',
    '<R>&#x110000;</R>',
    '<R>&#1114112;</R>',
    '<R>&#xD800;</R>',
    '<R>&#xDFFF;</R>',
    '<R>&#55296;</R>',
    '<R>&#x0000041;</R>',
    '<R>a &lt b</R>',
  ])('is none: %j', (xml) => {
    expect(readXml(xml, 'R')).toBeUndefined();
  });

  it('is eight elements deep below its root, and no deeper', () => {
    const nested = (depth: number): string => `<R>${'<A>'.repeat(depth)}${'</A>'.repeat(depth)}</R>`;
    expect(readXml(nested(8), 'R')).toBeDefined();
    expect(readXml(nested(9), 'R')).toBeUndefined();
  });

  it('reads what our own writer writes', () => {
    const text = '<A>&"\'\r\n\t]]>\u{1f600}';
    expect(leafText(readXml(renderXml(['R', [['A', [['B', text]]]]], 'https://x/'), 'R')!, ['A', 'B'])).toBe(text);
  });

  it('reads one document after another, whatever the one before was', () => {
    for (const xml of ['<R><A>', '<R>a</R>', '<R><A>1</A>', '<R>a</R>']) readXml(xml, 'R');
    expect(textOf('<R>a</R>')).toBe('a');
  });
});

describe('the text at a path', () => {
  const node = readXml('<R><A><B>1</B><C>2</C></A><D>3</D><D>4</D><E/></R>', 'R')!;

  it('is that of the one leaf there', () => {
    expect([leafText(node, ['A', 'B']), leafText(node, ['A', 'C']), leafText(node, ['E'])]).toEqual(['1', '2', '']);
  });

  it.each([[['A']], [[]], [['D']], [['X']], [['A', 'X']], [['E', 'X']], [['A', 'B', 'C']]])(
    'is none where there is no leaf, or more than one: %j',
    (path) => {
      expect(leafText(node, path)).toBeUndefined();
    },
  );
});
