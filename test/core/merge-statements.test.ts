// Merging makes policies small and never changes what they say.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../core/index.ts';
import { mergeStatements } from '../../core/merge-statements.ts';
import { fillStatement, type StatementTemplate } from '../../core/statement-template.ts';

const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[],
  more: object = {},
): StatementTemplate => ({ Effect: 'Allow', Action, Resource, ...more });
const list = { Condition: { StringLike: { 's3:prefix': ['{{tenant}}/*'] } } };

describe('mergeStatements', () => {
  it('unites resources under equal actions, in whatever order these are written', () => {
    expect(
      mergeStatements([
        allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::a/*'),
        allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::b/*'),
      ]),
    ).toEqual([allow(['s3:GetObject', 's3:PutObject'], ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*'])]);
  });

  it('unites actions on equal resources', () => {
    expect(
      mergeStatements([allow('s3:GetObject', 'arn:aws:s3:::a/*'), allow('s3:PutObject', ['arn:aws:s3:::a/*'])]),
    ).toEqual([allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::a/*')]);
  });

  it('says a repeated statement once', () => {
    expect(
      mergeStatements([
        allow('s3:GetObject', 'arn:aws:s3:::a/*'),
        allow('s3:GetObject', 'arn:aws:s3:::a/*', { shared: 'why' }),
      ]),
    ).toEqual([allow('s3:GetObject', 'arn:aws:s3:::a/*')]);
  });

  it.each<[string, StatementTemplate, StatementTemplate]>([
    ['both lists differ', allow('s3:GetObject', 'arn:aws:s3:::a/*'), allow('s3:PutObject', 'arn:aws:s3:::b/*')],
    ['a condition differs', allow('s3:ListBucket', 'arn:aws:s3:::a', list), allow('s3:ListBucket', 'arn:aws:s3:::b')],
    [
      'the effect differs',
      allow('s3:GetObject', 'arn:aws:s3:::a/*'),
      { ...allow('s3:GetObject', 'arn:aws:s3:::b/*'), Effect: 'Deny' },
    ],
    [
      'one names what it is not',
      { Effect: 'Allow', NotAction: 's3:GetObject', Resource: 'arn:aws:s3:::a/*' },
      { Effect: 'Allow', NotAction: 's3:PutObject', Resource: 'arn:aws:s3:::a/*' },
    ],
  ])('leaves two statements apart where %s', (_, one, other) => {
    expect(mergeStatements([one, other])).toHaveLength(2);
  });

  it('never changes a decision', () => {
    const some = <T>(...values: readonly T[]): fc.Arbitrary<readonly T[]> =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
    const statement = fc.record({
      Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
      Action: some('s3:GetObject', 's3:PutObject', 's3:ListBucket'),
      Resource: some('arn:aws:s3:::a/{{tenant}}/*', 'arn:aws:s3:::b/{{tenant}}/*', 'arn:aws:s3:::a'),
    });
    const conditional = fc
      .tuple(statement, fc.boolean())
      .map(([plain, hasCondition]): StatementTemplate => (hasCondition ? { ...plain, ...list } : plain));
    fc.assert(
      fc.property(fc.array(conditional, { minLength: 1, maxLength: 6 }), (templates) => {
        const decide = (statements: readonly StatementTemplate[], action: string, resource: string): string => {
          const Statement = statements.map((template) => fillStatement(template, () => 'acme'));
          return evaluate({
            policies: { role: [{ Version: '2012-10-17', Statement }] },
            principal: { arn: 'arn:aws:iam::111122223333:role/r', accountId: '111122223333' },
            request: { action, resource, context: { 's3:prefix': 'acme/' } },
          }).outcome;
        };
        const merged = mergeStatements(templates);
        expect(merged.length).toBeLessThanOrEqual(templates.length);
        for (const action of ['s3:GetObject', 's3:PutObject', 's3:ListBucket']) {
          for (const resource of [
            'arn:aws:s3:::a/acme/x',
            'arn:aws:s3:::b/acme/x',
            'arn:aws:s3:::a',
            'arn:aws:s3:::a/globex/x',
          ]) {
            expect(decide(merged, action, resource)).toBe(decide(templates, action, resource));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
