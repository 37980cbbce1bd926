// AWS's own wire formats: XML in both directions, and the signatures that the local AWS reads.
import fc from 'fast-check';
import { leafText, readXml, type XmlNode } from '../../../core/protocol/xml-reader.ts';
import { renderXml } from '../../../core/protocol/xml.ts';
import { AwsRefusal } from '../../../local/aws/refusal.ts';
import { parseTarget } from '../../../local/aws/wire/request.ts';
import { parseSignatureClaim, stripAuthentication } from '../../../local/aws/wire/signature-claim.ts';
import { SignatureError } from '../../../local/aws/wire/signature-error.ts';
import { accepted, hold, promise, promiseEqual, refused, textOf, type Target } from '../target.ts';

const isXmlCharacter = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code < 0xd800) ||
  (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
/** Text as the writer keeps it: what XML cannot hold becomes U+FFFD. */
const keep = (text: string): string =>
  Array.from(text, (character) => (isXmlCharacter(character.codePointAt(0)!) ? character : '\ufffd')).join('');
const printable = ({ name, text, children }: XmlNode): XmlNode => ({
  name,
  text: keep(text),
  children: children.map(printable),
});
/** A node as XML again. */
const render = ({ name, text, children }: XmlNode): string =>
  children.length > 0 ? `<${name}>${children.map(render).join('')}</${name}>` : renderXml([name, text]);
const xmlNode = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc
      .tuple(
        fc.constantFrom('R', 'A', 'B', 'Credentials'),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('&amp;', '<A/>', ']]>', '&#13;', '\r\n')),
      )
      .map(([name, text]) => renderXml([name, text])),
    fc
      .tuple(
        fc.constantFrom('R', 'A'),
        fc.array(tie('node') as fc.Arbitrary<string>, { maxLength: 3 }),
        fc.constantFrom('', ' xmlns="x"', " xmlns='x'", ' id="1"'),
      )
      .map(([name, children, attributes]) => `<${name}${attributes}>${children.join('')}</${name}>`),
  ),
})).node;

const xml: Target = {
  name: 'xml',
  words: [
    '<R>',
    '</R>',
    '<A/>',
    '<A>',
    '&amp;',
    '&#x41;',
    '&#0;',
    '&#xD800;',
    '&lol;',
    '<!DOCTYPE R [<!ENTITY a "b">]>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    ' xmlns="x"',
    '<?xml version="1.0"?>',
    '\r\n',
  ],
  maxLength: 3000,
  structured: xmlNode.map((text) => `<R>${text}</R>`),
  check: (input) => {
    const text = textOf(input) ?? '';
    // Whatever the text, as content it is content.
    const written = readXml(renderXml(['R', [['A', text]]], 'https://x/'), 'R');
    promise(written !== undefined && leafText(written, ['A']) === keep(text), 'text that opens or closes an element');
    const node = readXml(text, 'R');
    if (node === undefined) return refused('no document');
    promise(!/<!|<\?(?!xml)/.test(text), 'reads a doctype, a comment or CDATA');
    const again = readXml(render(node), 'R');
    promise(again !== undefined, 'writes what it does not read');
    promiseEqual(again, printable(node), 'reads its own writing differently');
    return accepted(`${Math.min(node.children.length, 4)} children`);
  },
};

const signed =
  'AWS4-HMAC-SHA256 Credential=ASIA1/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=' +
  '0'.repeat(64);
const presigned = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA1%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=${'0'.repeat(64)}`;

const signature: Target = {
  name: 'local-signature',
  words: [
    'AWS4-HMAC-SHA256',
    'Credential=',
    'SignedHeaders=',
    'Signature=',
    '/aws4_request',
    ';',
    ', ',
    '&X-Amz-Date=',
    'X-Amz-Expires=0',
    '20261301T000000Z',
    '%2F',
    '&x-amz-meta-a=%0a',
    '\n',
    signed,
  ],
  maxLength: 3000,
  structured: fc.constantFrom(
    `/b/k?\n${signed}\n20260101T000000Z`,
    `/b/k?${presigned}\n\n`,
    `/b/k?${presigned}&x-amz-acl=private\n\n`,
    `/b?list-type=2\n${signed}\n20260101T000000Z`,
  ),
  check: (input) => {
    const [target = '', authorization = '', date = ''] = (textOf(input) ?? '').split('\n');
    return hold(
      () => {
        const headers = new Map([
          ['host', 'b'],
          ...(authorization === '' ? [] : [['authorization', authorization] as const]),
          ...(date === '' ? [] : [['x-amz-date', date] as const]),
        ]);
        const wire = { method: 'GET', ...parseTarget(target), headers, body: Buffer.alloc(0) };
        const claim = parseSignatureClaim(wire);
        return { claim, rest: claim === undefined ? undefined : stripAuthentication(wire, claim) };
      },
      [SignatureError, AwsRefusal],
      ({ claim, rest }) => {
        if (claim === undefined || rest === undefined) {
          promise(authorization === '', 'takes an Authorization header for no signature');
          return accepted('unsigned');
        }
        promise(
          /^[0-9a-f]{64}$/.test(claim.signature) && new Set(claim.signedHeaders).size === claim.signedHeaders.length,
          'a signature of another form',
        );
        const { date: day, region, service } = claim.scope;
        const query = new URLSearchParams(target.slice(target.indexOf('?')));
        const stated = claim.kind === 'header' ? authorization : (query.get('X-Amz-Credential') ?? '');
        promise(
          stated.includes(`${claim.accessKeyId}/${day}/${region}/${service}/aws4_request`),
          'a scope that is not there',
        );
        promise(
          new Date(claim.signedAt).toISOString().replace(/[-:]|\.000/g, '') === claim.amzDate,
          'another instant than was written',
        );
        promise(
          claim.expiresSeconds === undefined || (claim.expiresSeconds >= 1 && claim.expiresSeconds <= 604_800),
          'a life out of range',
        );
        promise(!rest.query.has('X-Amz-Signature') && !rest.headers.has('authorization'), 'leaves a signature behind');
        return accepted(claim.kind);
      },
    );
  },
};

export const wireTargets: readonly Target[] = [xml, signature];
