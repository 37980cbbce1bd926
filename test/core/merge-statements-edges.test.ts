// Which statements are one and which stay two: order is nothing, and what has no such list stands alone.
import { describe, expect, it } from 'vitest';
import { mergeStatements } from '../../core/merge-statements.ts';
import type { StatementTemplate } from '../../core/statement-template.ts';

const [one, two] = ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*'];
const allow = (Resource: string, Condition: unknown): StatementTemplate =>
  ({ Effect: 'Allow', Action: 's3:GetObject', Resource, Condition }) as StatementTemplate;

describe('statements are one', () => {
  it.each([
    [{ StringEquals: { a: '1', b: '2' } }, { StringEquals: { b: '2', a: '1' } }],
    [
      { StringEquals: { a: '1' }, Bool: { b: true }, Null: { c: 'false' } },
      { Null: { c: 'false' }, StringEquals: { a: '1' }, Bool: { b: true } },
    ],
    [{ StringEquals: { a: ['1', '2', '3'] } }, { StringEquals: { a: ['3', '1', '2'] } }],
    [{ StringEquals: { a: ['1'] } }, { StringEquals: { a: '1' } }],
  ])('however their conditions are ordered: %j', (first, second) => {
    expect(mergeStatements([allow(one, first), allow(two, second)])).toEqual([
      { ...allow(one, first), Resource: [one, two] },
    ]);
  });

  it('with their resources listed once each', () => {
    const first: StatementTemplate = { Effect: 'Allow', Action: 's3:GetObject', Resource: [one, two] };
    expect(mergeStatements([first, { ...first, Resource: two }])).toEqual([first]);
    expect(
      mergeStatements([
        { ...first, Resource: [one] },
        { ...first, Resource: one },
      ]),
    ).toEqual([{ ...first, Resource: one }]);
  });
});

describe('statements stay two', () => {
  it.each([
    [{ StringEquals: { a: '1' } }, { StringEquals: { a: '2' } }],
    [{ StringEquals: { a: '1' } }, { StringLike: { a: '1' } }],
    [{ StringEquals: { a: '1' } }, { StringEquals: { b: '1' } }],
    [{ StringEquals: { a: ['1', '2'] } }, { StringEquals: { a: ['1', '3'] } }],
    [{ StringEquals: { a: '1', b: '2' } }, { StringEquals: { a: '2', b: '1' } }],
    [{ StringEquals: { a: '1' } }, undefined],
  ])('where their conditions differ: %j and %j', (first, second) => {
    expect(mergeStatements([allow(one, first), allow(two, second)])).toHaveLength(2);
  });

  it('where they name what is not meant', () => {
    const not: StatementTemplate = { Effect: 'Deny', NotAction: 's3:*', NotResource: one };
    expect(mergeStatements([not, { ...not }])).toEqual([not, not]);
    const others: StatementTemplate = { Effect: 'Deny', NotAction: 's3:*', Resource: one };
    expect(mergeStatements([others, { ...others, Resource: two }])).toEqual([{ ...others, Resource: [one, two] }]);
    const actions: StatementTemplate = { Effect: 'Deny', Action: 's3:GetObject', NotResource: one };
    expect(mergeStatements([actions, { ...actions, Action: 's3:PutObject' }])).toEqual([
      { ...actions, Action: ['s3:GetObject', 's3:PutObject'] },
    ]);
  });

  it('where both their actions and their resources differ, or one allows and one denies', () => {
    const first: StatementTemplate = { Effect: 'Allow', Action: 's3:GetObject', Resource: one };
    expect(mergeStatements([first, { ...first, Action: 's3:PutObject', Resource: two }])).toHaveLength(2);
    expect(mergeStatements([first, { ...first, Effect: 'Deny', Resource: two }])).toHaveLength(2);
  });
});
