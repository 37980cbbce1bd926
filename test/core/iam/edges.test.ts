// The edges of patterns, ARNs and the search over two patterns: where an index is off by one.
import { describe, expect, it } from 'vitest';
import { matchesArn, matchesResource, parseResourcePattern, splitArn } from '../../../core/iam/arn.ts';
import { idLanguage } from '../../../core/iam/language.ts';
import { findOverlap, literalItems, type HolePattern } from '../../../core/iam/overlap.ts';
import { fillVariables, matchesPattern, parsePattern, parseText } from '../../../core/iam/pattern.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';

const none = (): undefined => undefined;

describe('a policy variable', () => {
  it.each(["${a, 'x'y}", "${a, x'y'}", "${a, 'x}", '${a, x}', "${a, ''x'}", "${, 'x'}", '${a b}', '${ }', '${a${b}'])(
    'is refused as %s',
    (text) => {
      expect(() => parsePattern(text, true)).toThrow(PolicySyntaxError);
    },
  );

  it('has its name in lower case, without the space around it, and its default as it is', () => {
    expect(parsePattern("${ aws:PrincipalTag/Team , ' A b ' }", true)).toEqual([
      { kind: 'variable', name: 'aws:principaltag/team', fallback: ' A b ' },
    ]);
    expect(parsePattern('${aws:userid}', true)).toEqual([{ kind: 'variable', name: 'aws:userid' }]);
    expect(parsePattern("${a, ''}", true)).toEqual([{ kind: 'variable', name: 'a', fallback: '' }]);
  });

  it('stands at the start as well as anywhere', () => {
    expect(() => parsePattern('${', true)).toThrow(PolicySyntaxError);
    expect(() => parsePattern('}${', true)).toThrow(PolicySyntaxError);
    expect(matchesPattern(parsePattern('${a}/x', true), 'v/x', () => 'v')).toBe(true);
  });

  it('is text where there are none', () => {
    expect(parseText('${a}', { wildcards: true, variables: false })).toEqual([{ kind: 'literal', text: '${a}' }]);
    expect(parseText('*?', { wildcards: false, variables: true })).toEqual([{ kind: 'literal', text: '*?' }]);
  });

  it('is filled without a change to what has none', () => {
    const pattern = parsePattern('a*?', true);
    expect(fillVariables(pattern, none)).toEqual(pattern);
    expect(fillVariables(parsePattern('a${b}*', true), () => '*')).toEqual([
      { kind: 'literal', text: 'a' },
      { kind: 'literal', text: '*' },
      { kind: 'any' },
    ]);
    expect(fillVariables(parsePattern('${b}', true), none)).toBeUndefined();
  });
});

describe('a wildcard', () => {
  it.each([
    ['?', '', false],
    ['a?', 'a', false],
    ['*?', '', false],
    ['*?', 'a', true],
    ['?*?', 'a', false],
    ['a*a', 'a', false],
    ['*a', 'ba', true],
    ['*ab', 'aab', true],
    ['*', '', true],
    ['?', '\uffff', true],
    ['??', '\uffffa', true],
    ['?', '\u{10000}', true],
    ['??', '\u{10000}', false],
    ['*\u{1f600}', 'a\u{1f600}', true],
  ] as const)('%s against %j: %s', (text, value, expected) => {
    expect(matchesPattern(parsePattern(text, false), value)).toBe(expected);
  });
});

describe('an ARN', () => {
  const matches = (pattern: string, arn: string): boolean =>
    matchesResource(parseResourcePattern(pattern, true), arn, none);

  it.each([
    ['arn:aws:s3:::b', ['arn', 'aws', 's3', '', '', 'b']],
    ['a:b', ['a', 'b']],
    ['', ['']],
    ['arn:aws:s3:::b/${a:b}:c', ['arn', 'aws', 's3', '', '', 'b/${a:b}:c']],
    ['arn:${a:b}:c', ['arn', '${a:b}', 'c']],
    ['arn:${a:b', ['arn', '${a', 'b']],
    ['$:{a:b', ['$', '{a', 'b']],
    ['arn:a{b:c}', ['arn', 'a{b', 'c}']],
  ])('%s is split into %j', (text, parts) => {
    expect(splitArn(text)).toEqual(parts);
  });

  it.each([
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/a:b', true],
    ['arn:aws:s3:*::b', 'arn:aws:s3:eu:1:b', false],
    ['arn:aws:sqs:*:*:q', 'arn:aws:sqs:eu:1:x:q', true],
    ['arn:aws:sqs:eu:*:q', 'arn:aws:sqs:eu:1:x:y:q', true],
    ['arn:aws:sqs:eu:1:q', 'arn:aws:sqs:eu:1:x:q', false],
    ['arn:aws:sqs:e*:1:q', 'arn:aws:sqs:eu:2:1:q', true],
    ['arn:aws:sqs:e*u:1:q', 'arn:aws:sqs:e:u:1:q', false],
    ['arn:aws:sqs:*:1:*', 'xarn:aws:sqs:eu:1:q', false],
    ['arn:aws:sqs:*:1:*', 'sqs', false],
    ['arn:*:sqs:*:*:*', 'arn:aws:sqs:eu', false],
    ['arn:aws:sqs:*:*:*', 'arn:aws:sqs:eu:1', false],
    ['*', 'anything', true],
  ] as const)('%s against %s: %s', (pattern, arn, expected) => {
    expect(matches(pattern, arn)).toBe(expected);
  });

  it('that is a condition value is matched part by part, with no star beyond its colon', () => {
    const pattern = parseResourcePattern('arn:aws:sqs:*:1:q', true);
    expect(matchesArn(pattern, 'arn:aws:sqs:eu:2:1:q', none)).toBe(false);
    expect(matchesArn(pattern, 'arn:aws:sqs:eu:1:q', none)).toBe(true);
    expect(matchesArn(pattern, '*', none)).toBe(false);
  });
});

describe('two patterns', () => {
  const ids = idLanguage('ab-', 1, 63);
  const tenant: HolePattern = [{ kind: 'hole', tenant: true, language: ids }];
  const other: HolePattern = [{ kind: 'hole', tenant: false, language: ids }];
  const text = literalItems;

  it('share a string in which their holes hold what they held', () => {
    const star: HolePattern = [{ kind: 'any' }];
    const overlap = findOverlap([...tenant, ...star], [...tenant, ...text('-a')], 'distinct');
    expect(overlap).toBeDefined();
    expect(overlap!.text).toBe(`${overlap!.right[0]!}-a`);
    expect(overlap!.text.startsWith(overlap!.left[0]!)).toBe(true);
    expect(overlap!.left[0]).not.toBe(overlap!.right[0]);
  });

  it('hold nothing in holes that are no tenant', () => {
    expect(findOverlap([...text('x/'), ...other], text('x/ab'), 'distinct')).toEqual({
      text: 'x/ab',
      left: [],
      right: [],
    });
    expect(findOverlap([...text('x/'), ...tenant], text('x/ab'), 'distinct')).toEqual({
      text: 'x/ab',
      left: ['ab'],
      right: [],
    });
    expect(findOverlap(text('x/ab'), [...text('x/'), ...tenant], 'distinct')).toEqual({
      text: 'x/ab',
      left: [],
      right: ['ab'],
    });
  });

  it('are divided by the tenant in the same place, and not by another hole there', () => {
    expect(
      findOverlap([...text('x/'), ...tenant, ...text('/')], [...text('x/'), ...tenant, ...text('/')], 'distinct'),
    ).toBeUndefined();
    expect(
      findOverlap([...text('x/'), ...other, ...text('/')], [...text('x/'), ...tenant, ...text('/')], 'distinct'),
    ).toBeDefined();
    expect(findOverlap([...tenant, ...text('/')], [...tenant, ...text('/')], 'any')).toBeDefined();
  });

  it('with two tenants each are divided where one pair coincides, and not where both are shifted', () => {
    const twice = (between: string): HolePattern => [...tenant, ...text(between), ...tenant];
    expect(findOverlap(twice('/'), twice('/'), 'distinct')).toBeUndefined();
    expect(findOverlap(twice('-'), twice('-'), 'distinct')).toBeDefined();
  });

  it.each([
    ['ab', 2, 63],
    ['ab', 3, 63],
  ] as const)(
    'whose holes begin apart and end together share a string, also where ids of %s have %i characters or more',
    (characters, minLength, maxLength) => {
      const long: HolePattern = [
        { kind: 'hole', tenant: true, language: idLanguage(characters, minLength, maxLength) },
      ];
      for (const [one, two] of [
        [[...text('a'), ...long], long],
        [
          [...text('x/a'), ...long, ...text('/y')],
          [...text('x/'), ...long, ...text('/y')],
        ],
        [[...long, ...text('b')], long],
      ] as const) {
        for (const overlap of [findOverlap(one, two, 'distinct'), findOverlap(two, one, 'distinct')]) {
          expect(overlap).toBeDefined();
          expect(overlap!.left[0]).not.toBe(overlap!.right[0]);
        }
      }
    },
  );

  it('need a character for each that takes one, and none for a star', () => {
    const one: HolePattern = [{ kind: 'one' }];
    const any: HolePattern = [{ kind: 'any' }];
    expect(findOverlap(one, [], 'any')).toBeUndefined();
    expect(findOverlap(any, [], 'any')).toEqual({ text: '', left: [], right: [] });
    expect(findOverlap([...any, ...any], text('ab'), 'any')).toEqual({ text: 'ab', left: [], right: [] });
    expect(findOverlap([...one, ...one], text('a'), 'any')).toBeUndefined();
    expect(findOverlap(text('a'), text('b'), 'any')).toBeUndefined();
    expect(findOverlap([], [], 'any')).toEqual({ text: '', left: [], right: [] });
    expect(findOverlap(tenant, [], 'distinct')).toBeUndefined();
  });
});
