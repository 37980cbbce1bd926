// The small print of condition values: which texts are numbers, dates and operators, and what a fallback or a case does.
import { describe, expect, it } from 'vitest';
import { holds, parseConditions } from '../../../core/iam/condition.ts';
import { buildContext } from '../../../core/iam/context.ts';
import { ConditionError, PolicySyntaxError } from '../../../core/iam/syntax.ts';
import { principalWith } from './fixtures.ts';

type Given = Readonly<Record<string, string | readonly string[]>>;

function decide(
  operator: string,
  expected: unknown,
  given: Given,
  tags: Readonly<Record<string, string>> = {},
): boolean {
  const [condition] = parseConditions({ [operator]: { k: expected } }, true, 'here');
  return holds(condition!, buildContext(principalWith(tags), given));
}
const refuses = (operator: string, expected: unknown): void => {
  expect(() => parseConditions({ [operator]: { k: expected } }, true, 'here')).toThrow(PolicySyntaxError);
};

describe('numbers', () => {
  it.each(['5a', 'a5', '5.', '.5', '1e3', '', '5 ', '--5', '0x5', '5,0', '5.2.5'])('are not "%s"', (text) => {
    refuses('NumericEquals', text);
    expect(() => decide('NumericEquals', '5', { k: text })).toThrow(ConditionError);
  });

  it.each([
    ['5.25', '5.25', true],
    ['5.25', '5.2', false],
    ['+5', '5', true],
    ['-5', '5', false],
    ['10', '10.00', true],
  ])('%s against %s: %s', (expected, actual, verdict) => {
    expect(decide('NumericEquals', expected, { k: actual })).toBe(verdict);
  });
});

describe('dates', () => {
  it.each([
    'x2026-01-01',
    '2026-01-01x',
    '2026-01-01T10:00:00Zx',
    '2026-01-01T',
    '2026-01-01T10',
    '2026-01-01T10:00:00.Z',
    '2026-01-01T10:00:00.aZ',
    '2026-01-01 10:00',
    'tomorrow',
    '1767225600x',
    'x1767225600',
  ])('are not "%s"', (text) => {
    refuses('DateEquals', text);
  });

  it.each([
    ['2026-01-01', '2026-01-01T00:00:00Z'],
    ['2026-01-01T10:00', '2026-01-01T10:00:00Z'],
    ['2026-01-01T10:00:00', '2026-01-01T10:00:00Z'],
    ['2026-01-01T10:00:00.250', '2026-01-01T10:00:00.25Z'],
    ['2026-01-01T10:00:00+0100', '2026-01-01T09:00:00Z'],
    ['2026-01-01T10:00:00-01:30', '2026-01-01T11:30:00Z'],
    ['1767225600', '2026-01-01T00:00:00Z'],
  ])('%s is the instant %s', (text, same) => {
    expect(decide('DateEquals', text, { k: same })).toBe(true);
    expect(decide('DateGreaterThan', text, { k: same })).toBe(false);
    expect(decide('DateLessThan', text, { k: same })).toBe(false);
  });
});

describe('operators', () => {
  it.each([
    ['ForAllValues:Null', 'true'],
    ['ForAnyValue:Null', 'true'],
    ['NullIfExists', 'true'],
    ['Null', ['true', 'false']],
    ['Null', 'yes'],
    ['Null', []],
    ['StringEquals', []],
    ['StringEquals', [[]]],
    ['StringEquals', null],
    ['stringequals', 'a'],
    ['ForSomeValues:StringEquals', 'a'],
    ['', 'a'],
    ['IfExists', 'a'],
    ['StringEqualsIfExistsIfExists', 'a'],
    ['Bool', 'ja'],
    ['IpAddress', '10.0.0.0/33'],
  ])('%s of %j is refused', (operator, expected) => {
    refuses(operator, expected);
  });

  it('take single values as lists of one, and turn numbers and booleans into text', () => {
    expect(decide('StringEquals', 5, { k: '5' })).toBe(true);
    expect(decide('Bool', true, { k: 'TRUE' })).toBe(true);
    expect(decide('StringEquals', ['a', 'b'], { k: 'b' })).toBe(true);
    expect(decide('StringNotEquals', ['a', 'b'], { k: 'b' })).toBe(false);
  });

  it('that ignore case do so in fixed text, in variables and in their defaults, and only there', () => {
    const same = 'StringEqualsIgnoreCase';
    expect(decide(same, 'AcMe', { k: 'aCmE' })).toBe(true);
    expect(decide(same, '${aws:PrincipalTag/Team}', { k: 'blue' }, { Team: 'BLUE' })).toBe(true);
    expect(decide(same, '${aws:PrincipalTag/Team}', { k: 'BLUE' }, { Team: 'blue' })).toBe(true);
    expect(decide(same, "x-${aws:PrincipalTag/Team, 'NoNe'}", { k: 'X-none' })).toBe(true);
    expect(decide(same, "${aws:PrincipalTag/Team, 'none'}", { k: 'some' })).toBe(false);
    // Without a value and without a default a variable matches nothing, and breaks nothing.
    expect(decide(same, '${aws:PrincipalTag/Team}', { k: 'undefined' })).toBe(false);
    expect(decide('StringEquals', 'acme', { k: 'ACME' })).toBe(false);
  });

  it('say who they are, for the reasons', () => {
    const [condition] = parseConditions({ 'ForAnyValue:StringLikeIfExists': { k: ['a*'] } }, true, 'here');
    expect(condition).toMatchObject({
      operator: 'ForAnyValue:StringLikeIfExists',
      quantifier: 'ForAnyValue',
      ifExists: true,
      negated: false,
      expected: ['a*'],
    });
    const [absent] = parseConditions({ Null: { k: 'true' } }, true, 'here');
    expect(absent).toMatchObject({ negated: false, quantifier: 'one', ifExists: false });
  });

  it('have no conditions where there is none', () => {
    expect(parseConditions(undefined, true, 'here')).toEqual([]);
    for (const odd of [null, [], 'x', { StringEquals: null }, { StringEquals: [] }, { StringEquals: 'k' }])
      expect(() => parseConditions(odd, true, 'here')).toThrow(PolicySyntaxError);
  });
});
