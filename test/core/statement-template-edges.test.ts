// Templates at their edges: names that hold a placeholder, values that are no text, characters that STS does not take.
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../core/schema.ts';
import { fillStatement, placeInStatement, statementTemplateSchema } from '../../core/statement-template.ts';

const base = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' };

function issuesOf(over: object, names: readonly string[] = []): readonly Issue[] {
  const issues: Issue[] = [];
  statementTemplateSchema(() => names).parse({ ...base, ...over }, '', issues);
  return issues;
}
const pointersOf = (over: object): readonly string[] => [...new Set(issuesOf(over).map(({ pointer }) => pointer))];

describe('names in a template', () => {
  it.each(['{{tenant}}x', 'x{{tenant}}', '{{tenant}}', 's3:{x', '}x', 'x\n', '\u0000x', ''])(
    'of condition keys and operators hold no brace and no control character: %j',
    (name) => {
      expect(issuesOf({ Condition: { StringEquals: { [name]: 'a' } } })).not.toEqual([]);
      expect(issuesOf({ Condition: { [name]: { k: 'a' } } })).not.toEqual([]);
    },
  );

  it.each(['-a', 'a b', 'a-', 'x'.repeat(65), ''])('of statements are letters and digits: %j', (Sid) => {
    expect(pointersOf({ Sid })).toEqual(['/Sid']);
  });
});

describe('values in a template', () => {
  it.each([
    { NumericLessThan: { k: 5 } },
    { Bool: { k: true } },
    { NumericLessThan: { k: [5, 6] } },
    { Bool: { k: 'true' } },
    { Null: { k: 'false' } },
  ])('may be numbers, booleans and lists of them: %j', (Condition) => {
    expect(issuesOf({ Condition })).toEqual([]);
  });

  it.each(['NumericEquals', 'Bool', 'DateLessThan', 'IpAddress', 'Null', 'BinaryEquals', 'NumericEqualsIfExists'])(
    'hold no placeholder under %s',
    (operator) => {
      const issues = issuesOf({ Condition: { [operator]: { k: ['{{tenant}}'] } } });
      expect(issues.map(({ pointer }) => pointer)).toContain(`/Condition/${operator}/k`);
    },
  );

  it.each(['StringEquals', 'ForAllValues:StringLike', 'ForAnyValue:StringEqualsIgnoreCaseIfExists', 'StringNotLike'])(
    'may hold one under %s',
    (operator) => {
      expect(issuesOf({ Condition: { [operator]: { k: ['x/{{tenant}}', 'y'] } } })).toEqual([]);
    },
  );

  it.each(['ArnLike', 'ArnNotEquals', 'ForAnyValue:ArnEquals'])(
    'under %s hold one behind the fifth colon alone',
    (operator) => {
      const condition = (value: string): object => ({ Condition: { [operator]: { 'aws:SourceArn': value } } });
      expect(issuesOf(condition('arn:aws:s3:::b-{{tenant}}'))).toEqual([]);
      expect(pointersOf(condition('arn:aws:s3:{{tenant}}::b'))).toContain(`/Condition/${operator}/aws:SourceArn`);
      expect(pointersOf(condition('arn:aws:s3::{{tenant}}:b'))).toContain(`/Condition/${operator}/aws:SourceArn`);
    },
  );

  it.each(['\u0100', '\ue000', '\u{1f600}', '\ud800', 'é\u0101', '\u0000', '\u001b', '\b'])(
    'hold no character that STS does not take: %j',
    (character) => {
      expect(issuesOf({ Resource: `arn:aws:s3:::b/${character}` })).not.toEqual([]);
      expect(issuesOf({ Resource: `arn:aws:s3:::${character}/b` })).not.toEqual([]);
      expect(issuesOf({ Condition: { StringEquals: { k: character } } })).not.toEqual([]);
    },
  );

  it('may be beyond it in the reason of a shared statement, which is not sent', () => {
    expect(issuesOf({ shared: 'für alle \u{1f600}' })).toEqual([]);
    expect(issuesOf({ Resource: 'arn:aws:s3:::b/é/*' })).toEqual([]);
  });

  it.each([
    '${{{tenant}}}',
    '${aws:{{tenant}}}',
    '{{{tenant}}',
    '{{tenant}}}',
    '${{{tenant}}',
    '{{ tenant }}',
    '{{Tenant}}',
    '{{tenant',
    'tenant}}',
    '{{folder}}',
    '${x{{tenant}}y}',
    '{{tenant}}{',
    '${a:b{{tenant}}',
  ])('hold no brace that is no placeholder: %s', (text) => {
    expect(pointersOf({ Resource: `arn:aws:s3:::b/${text}` })).toContain('/Resource');
    expect(pointersOf({ Condition: { StringEquals: { k: text } } })).toContain('/Condition/StringEquals/k');
  });

  it('hold the parameters of the set, and a policy variable beside a placeholder', () => {
    expect(
      issuesOf({ Resource: 'arn:aws:s3:::b/{{tenant}}/{{folder}}/${aws:userid}/{{subject}}' }, ['folder']),
    ).toEqual([]);
  });

  it.each([
    ['Sid', '{{tenant}}'],
    ['Action', 's3:{{tenant}}'],
    ['NotAction', 's3:{{tenant}}'],
    ['NotResource', 'arn:aws:s3:::{{tenant}}'],
  ])('hold none in %s', (element, value) => {
    const [{ Action, Resource }, other] = [base, element.replace('Not', '')];
    const rest = { Effect: 'Allow', Action, Resource, [other]: undefined, [element]: value };
    const issues: Issue[] = [];
    statementTemplateSchema(() => []).parse(
      Object.fromEntries(Object.entries(rest).filter(([, one]) => one !== undefined)),
      '',
      issues,
    );
    expect(issues.map(({ pointer }) => pointer)).toContain(`/${element}`);
  });

  it.each([
    { Resource: [] },
    { Action: [] },
    { Condition: {} },
    { Condition: { StringEquals: {} } },
    { Condition: { StringEquals: { k: [] } } },
    { Effect: 'allow' },
    { Action: '' },
    { shared: '' },
    { More: 1 },
  ])('are complete: %j is not', (over) => {
    expect(issuesOf(over)).not.toEqual([]);
  });
});

describe('filling a template', () => {
  const template = {
    Sid: 'A',
    Effect: 'Allow',
    NotAction: 'iam:*',
    NotResource: 'arn:aws:s3:::x',
    Condition: { Bool: { a: true }, NumericEquals: { b: [1, 2] }, StringLike: { c: '{{tenant}}/{{subject}}' } },
    shared: 'why',
  } as const;

  it('changes text alone, and makes no element that was not there', () => {
    expect(fillStatement(template, (name) => (name === 'tenant' ? 'a*' : '$b'))).toEqual({
      Sid: 'A',
      Effect: 'Allow',
      NotAction: 'iam:*',
      NotResource: 'arn:aws:s3:::x',
      Condition: { Bool: { a: true }, NumericEquals: { b: [1, 2] }, StringLike: { c: 'a${*}/${$}b' } },
    });
    expect(Object.keys(fillStatement(base as never, () => 'x'))).toEqual(['Effect', 'Action', 'Resource']);
  });

  it('as a policy variable places it as it is', () => {
    expect(placeInStatement(base as never, () => '${aws:PrincipalTag/TenantId}').Resource).toBe(
      'arn:aws:s3:::b/${aws:PrincipalTag/TenantId}/*',
    );
  });
});
