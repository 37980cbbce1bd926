// The small languages inside a policy: patterns, ARNs and addresses.
import { isIP, BlockList } from 'node:net';
import fc from 'fast-check';
import {
  matchesArn,
  matchesResource,
  parseArnPattern,
  parseResourcePattern,
  splitArn,
  splitLiteralArn,
} from '../../../core/iam/arn.ts';
import { isInRange } from '../../../core/iam/ip-address.ts';
import { matchesPattern, parseText } from '../../../core/iam/pattern.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import { escapeLiteral } from '../../../core/statement-template.ts';
import { accepted, hold, promise, refused, textOf, type Target } from '../target.ts';

const none = (): undefined => undefined;

/** Whether a pattern of literals, `*` and `?` matches, by a table over all prefixes: no retries, no memory of stars. */
function matchesByTable(pattern: string, value: string): boolean {
  const [signs, characters] = [Array.from(pattern), Array.from(value)];
  let row = [true, ...characters.map(() => false)];
  for (const sign of signs) {
    const next = [sign === '*' && row[0]!];
    characters.forEach((character, at) => {
      next.push(sign === '*' ? next[at]! || row[at + 1]! : row[at]! && (sign === '?' || sign === character));
    });
    row = next;
  }
  return row.at(-1)!;
}

const patternText = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '*', '?', '\n', '$', '{', '}', '\u{1f600}'),
  maxLength: 12,
});
const pattern: Target = {
  name: 'pattern',
  words: ['*', '?', '${', '}', '${*}', '${?}', '${$}', '${aws:PrincipalTag/team}', ", 'x'", '**', 'a*'],
  maxLength: 600,
  structured: fc.tuple(patternText, patternText).map(([one, other]) => `${one}\u0001${other}`),
  check: (input) => {
    const [text = '', value = ''] = (textOf(input) ?? '').split('\u0001');
    const plain = parseText(text, { wildcards: true, variables: false });
    // A half pair of surrogates cannot come out of UTF-8.
    promise(matchesPattern(plain, value) === matchesByTable(text, value), 'matches otherwise than the table');
    promise(
      matchesPattern(parseText(text, { wildcards: false, variables: false }), value) === (text === value),
      'reads a literal as a pattern',
    );
    const escaped = parseText(escapeLiteral(text), { wildcards: true, variables: true });
    promise(matchesPattern(escaped, value) === (text === value), 'lets an escaped literal match another');
    return hold(
      () => parseText(text, { wildcards: true, variables: true }),
      [PolicySyntaxError],
      (parts) => {
        const hasVariable = parts.some(({ kind }) => kind === 'variable');
        if (hasVariable) {
          const unset = parts.some((part) => part.kind === 'variable' && part.fallback === undefined);
          promise(!unset || !matchesPattern(parts, value, none), 'matches with a variable that is not set');
        }
        return accepted(
          parts
            .map(({ kind }) => kind[0])
            .join('')
            .slice(0, 6),
        );
      },
    );
  },
};

/** ARNs and what nearly is one. */
export const arnText = fc
  .tuple(
    fc.constantFrom('arn', 'ARN', ''),
    fc.constantFrom('aws', 'aws-cn', '*'),
    fc.constantFrom('s3', 'sqs', 's*'),
    fc.constantFrom('', '*', 'eu-?'),
    fc.constantFrom('', '111122223333', '${aws:x}'),
    fc.string({ unit: fc.constantFrom('a', ':', '/', '*', '?', '$', '{', '}', 'b'), maxLength: 10 }),
  )
  .map((parts) => parts.join(':'));
const arn: Target = {
  name: 'arn',
  words: ['arn:aws:s3:::', ':', '::', '*', '?', '${', '}', 'arn:', '${aws:PrincipalTag/a:b}', '*:'],
  maxLength: 600,
  structured: arnText,
  check: (input) => {
    const text = textOf(input) ?? '';
    promise(splitArn(text).join(':') === text && splitArn(text).length <= 6, 'loses text when it splits');
    const parts = splitLiteralArn(text);
    if (parts !== undefined) {
      promise(parts.join(':') === text, 'loses text when it splits a literal');
      const escaped = parseArnPattern(parts.map(escapeLiteral).join(':'), true);
      promise(matchesArn(escaped, text, none), 'does not match itself');
      promise(
        !matchesArn(escaped, `${text}x`, none) && !matchesResource(escaped, `${text}x`, none),
        'matches a longer one',
      );
    }
    return hold(
      () => parseResourcePattern(text, true),
      [PolicySyntaxError],
      (parsed) => {
        if (parsed.kind === 'all') return accepted('all');
        promise(
          parsed.parts.slice(0, 5).every((part) => part.every(({ kind }) => kind !== 'variable')),
          'a variable before the fifth colon',
        );
        promise(
          parsed.parts[2]!.every(({ kind }) => kind === 'literal'),
          'a wildcard in the service',
        );
        const request = 'arn:aws:s3:::bucket/key';
        promise(
          !matchesArn(parsed, request, none) || matchesResource(parsed, request, none),
          'matches less as a resource',
        );
        return accepted(parsed.parts.map((part) => part.length).join());
      },
    );
  },
};

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('::', '::1', '1.2.3', '01.2.3.4', '256.1.1.1', '1:2', ':::', '1::2::3'),
);
const ipAddress: Target = {
  name: 'ip-address',
  words: ['/', '::', ':', '.', '/0', '/32', '/128', '/033', '255', 'ffff', '0x1', '%eth0'],
  maxLength: 120,
  structured: fc
    .tuple(
      address,
      address,
      fc.constantFrom('', '/0', '/1', '/8', '/24', '/31', '/32', '/33', '/64', '/127', '/128', '/129', '/'),
    )
    .map(([one, other, prefix]) => `${one} ${other}${prefix}`),
  check: (input) => {
    const [one = '', range = ''] = (textOf(input) ?? '').split(' ');
    const verdict = isInRange(one, range);
    const [base = '', prefix, ...rest] = range.split('/');
    const families = [isIP(one), isIP(base)];
    // Node also reads addresses that end in IPv4 or name a zone, which IAM does not document.
    const isPlain = ![one, base].some((text) => /:.*\.|%/.test(text));
    const width = families[1] === 4 ? 32 : 128;
    const hasPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= width);
    const isValid = isPlain && families.every((family) => family > 0) && hasPrefix && rest.length === 0;
    promise((verdict !== undefined) === isValid, `is ${isValid ? 'valid' : 'not valid'} for Node`);
    if (verdict === undefined) return refused('malformed');
    if (families[0] !== families[1]) {
      promise(!verdict, 'an address of one family lies in the other');
      return accepted('two families');
    }
    // BlockList takes an IPv4 address inside IPv6 for the IPv4 one.
    if (/^(?:0{0,4}:){1,6}:?ffff:/i.test(one) || /^(?:0{0,4}:){1,6}:?ffff:/i.test(base)) return accepted('mapped');
    const family = families[0] === 4 ? 'ipv4' : 'ipv6';
    const list = new BlockList();
    if (prefix === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(prefix), family);
    promise(list.check(one, family) === verdict, `Node says ${!verdict}`);
    return accepted(`${family} ${verdict} ${prefix === undefined ? 'address' : 'range'}`);
  },
};

export const iamNameTargets: readonly Target[] = [pattern, arn, ipAddress];
