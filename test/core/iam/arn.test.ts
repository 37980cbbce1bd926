import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../core/iam/index.ts';
import { parseArnPattern, parseResourcePattern, splitArn, splitLiteralArn } from '../../../core/iam/arn.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import vectors from '../../vectors/iam-arns.json' with { type: 'json' };
import { documentInVersion, principalWith } from './fixtures.ts';

interface ArnVector {
  readonly id: string;
  readonly pattern: string;
  readonly resource: string;
  readonly matches: boolean;
  readonly version?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
}

function covers({ pattern, resource, version, tags }: Omit<ArnVector, 'id' | 'matches'>): boolean {
  const statement = { Effect: 'Allow', Action: '*', Resource: pattern };
  return (
    evaluate({
      policies: { role: [documentInVersion(statement, version)] },
      principal: principalWith(tags),
      request: { action: 's3:GetObject', resource },
    }).outcome === 'allowed'
  );
}

describe('resource patterns', () => {
  it.each(vectors as readonly ArnVector[])('$id', ({ matches, ...vector }) => {
    expect(covers(vector)).toBe(matches);
  });

  it('match every literal ARN that is written out', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '1', '-', '/', '.') });
    fc.assert(
      fc.property(
        part,
        part,
        part,
        part,
        fc.string({ unit: fc.constantFrom('a', ':', '/', '\n') }),
        (a, b, c, d, e) => {
          const arn = `arn:${a}:${b}:${c}:${d}:${e}`;
          expect(covers({ pattern: arn, resource: arn })).toBe(true);
        },
      ),
    );
  });

  it('let no tag value reach over a colon into another part', () => {
    const pattern = 'arn:aws:sqs:us-east-1:111122223333:${aws:PrincipalTag/t}';
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '*') }), fc.string(), (tag, name) => {
        const resource = `arn:aws:sqs:us-east-1:111122223333:${name}`;
        expect(covers({ pattern, resource, tags: { t: tag } })).toBe(tag === name);
      }),
    );
  });

  it('cost no more than the resource is long, also where a star crosses colons', () => {
    const startedAt = performance.now();
    expect(covers({ pattern: 'arn:aws:s3:*:*:x*y*z', resource: `arn:aws:s3:::${'x:y:'.repeat(250)}` })).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it.each([
    'b/k',
    'arn:aws:s3::b',
    'urn:aws:s3:::b',
    'arn:aws:s*:::b',
    'arn:aws:s?:::b',
    'arn:aws:sqs:${aws:x}:1:q',
    'arn:aws:sqs:us-east-1:${aws:x}:q',
    'arn:${aws:x}:sqs:us-east-1:1:q',
    '',
  ])('refuse %s', (text) => {
    expect(() => parseResourcePattern(text, true)).toThrow(PolicySyntaxError);
  });

  it('take a wildcard service in a condition value, where each of the six parts may hold one', () => {
    expect(parseArnPattern('arn:*:*:*:*:*', true).kind).toBe('arn');
  });
});

describe('splitting', () => {
  it('leaves colons inside a variable alone', () => {
    expect(splitArn('arn:aws:s3:::b/${aws:PrincipalTag/t}:x')).toEqual([
      'arn',
      'aws',
      's3',
      '',
      '',
      'b/${aws:PrincipalTag/t}:x',
    ]);
    expect(splitArn('arn:${aws:a}:s3:::b')[1]).toBe('${aws:a}');
  });

  it('splits a concrete ARN at its first five colons only, whatever its characters look like', () => {
    expect(splitLiteralArn('arn:aws:s3:::b/${a:b}:c')).toEqual(['arn', 'aws', 's3', '', '', 'b/${a:b}:c']);
    expect(splitLiteralArn('arn:aws:s3:::')).toEqual(['arn', 'aws', 's3', '', '', '']);
    for (const text of ['', '*', 'arn', 'arn:aws:s3::b', 'ARN:aws:s3:::b'])
      expect(splitLiteralArn(text)).toBeUndefined();
  });
});
