import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../core/iam/index.ts';
import type { Issue } from '../../core/schema.ts';
import {
  escapeLiteral,
  fillStatement,
  placeholdersOf,
  placeInStatement,
  statementTemplateSchema,
  type StatementTemplate,
} from '../../core/statement-template.ts';
import vectors from '../vectors/statement-templates.json' with { type: 'json' };
import { documentOf, principalWith } from './iam/fixtures.ts';
import { anyCharacter } from './fixtures.ts';

interface TemplateVector {
  readonly id: string;
  readonly statement: unknown;
  /** Pointers of the issues; empty where the template is accepted. */
  readonly pointers: readonly string[];
}

function issuesOf(statement: unknown): readonly Issue[] {
  const issues: Issue[] = [];
  statementTemplateSchema(() => ['folder']).parse(statement, '', issues);
  return issues;
}

const template: StatementTemplate = {
  Sid: 'Objects',
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:ListBucket'],
  Resource: ['arn:aws:s3:::b/t/{{tenant}}/*', 'arn:aws:s3:::b/u/{{tenant}}/{{subject}}'],
  Condition: {
    StringLike: { 's3:prefix': ['t/{{tenant}}/*', 'x'] },
    Bool: { 'aws:SecureTransport': true },
    NumericLessThan: { 's3:max-keys': 100 },
  },
  shared: 'a reason',
};

/** The document with its placeholder leaves taken out. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
  return typeof value;
}

const hostile = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      '*',
      '?',
      '$',
      '{',
      '}',
      '"',
      '\\',
      '/',
      ':',
      ',',
      '[',
      ']',
      'a',
      '\n',
      '{{tenant}}',
      '${aws:username}',
      '${*}',
      '$&',
      '$1',
      '$$',
    ),
    maxLength: 12,
  }),
);

describe('statement templates', () => {
  it.each(vectors as readonly TemplateVector[])('$id', ({ statement, pointers }) => {
    const found = issuesOf(statement).map(({ pointer }) => pointer);
    for (const pointer of pointers) expect(found).toContain(pointer);
    expect(found.length === 0).toBe(pointers.length === 0);
  });

  it('know the placeholders they use', () => {
    expect([...placeholdersOf(template)].toSorted()).toEqual(['subject', 'tenant']);
  });

  it('leave out the reason of a shared statement', () => {
    expect(fillStatement(template, () => 'x')).not.toHaveProperty('shared');
  });

  it('leave numbers and booleans what they are', () => {
    expect(fillStatement(template, () => 'x').Condition).toEqual({
      StringLike: { 's3:prefix': ['t/x/*', 'x'] },
      Bool: { 'aws:SecureTransport': true },
      NumericLessThan: { 's3:max-keys': 100 },
    });
  });

  it('place text as it is where the tenant is a policy variable', () => {
    expect(
      placeInStatement(
        { Effect: 'Allow', Action: 'a:b', Resource: 'arn:aws:s3:::b/{{tenant}}' },
        () => '${aws:PrincipalTag/T}',
      ).Resource,
    ).toBe('arn:aws:s3:::b/${aws:PrincipalTag/T}');
  });

  it('do not change when they are filled', () => {
    const before = structuredClone(template);
    fillStatement(template, () => 'acme');
    expect(template).toEqual(before);
  });
});

describe('filling with hostile values', () => {
  it('SEC-INJ-03 keeps structure, keys and types, whatever the value', () => {
    const shape = shapeOf(fillStatement(template, () => 'x'));
    fc.assert(
      fc.property(hostile, (value) => {
        const filled = fillStatement(template, () => value);
        expect(shapeOf(filled)).toEqual(shape);
        expect(JSON.parse(JSON.stringify(filled))).toEqual(filled);
        expect(filled.Action).toEqual(template.Action);
        expect(filled.Sid).toBe('Objects');
      }),
      { numRuns: 2000 },
    );
  });

  it('places each value once: a value never brings a placeholder of its own', () => {
    const filled = fillStatement(template, (name) => (name === 'tenant' ? '{{subject}}' : '{{tenant}}'));
    expect(filled.Resource).toEqual(['arn:aws:s3:::b/t/{{subject}}/*', 'arn:aws:s3:::b/u/{{subject}}/{{tenant}}']);
  });

  it('reads no replacement pattern of String.replace in a value', () => {
    expect(
      fillStatement({ Effect: 'Allow', Action: 'a:b', Resource: 'arn:aws:s3:::b/{{tenant}}' }, () => "$&$'$`$1")
        .Resource,
    ).toBe("arn:aws:s3:::b/${$}&${$}'${$}`${$}1");
  });

  it.each([
    ['*', '${*}'],
    ['?', '${?}'],
    ['$', '${$}'],
    ['${*}', '${$}{${*}}'],
    ['${aws:username}', '${$}{aws:username}'],
    ['a*b?c$d', 'a${*}b${?}c${$}d'],
    ['plain-1_2.3', 'plain-1_2.3'],
  ])('SEC-INJ-02 writes %s as the literal %s, in one pass', (value, literal) => {
    expect(escapeLiteral(value)).toBe(literal);
  });

  it('SEC-INJ-01 lets no value match more than itself in a resource or a condition', () => {
    const statement: StatementTemplate = {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::b/t/{{tenant}}/*',
      Condition: { StringLike: { 's3:prefix': 't/{{tenant}}/*' }, StringEquals: { 'aws:x': '{{tenant}}' } },
    };
    const allows = (value: string, other: string): boolean =>
      evaluate({
        policies: { role: [documentOf(fillStatement(statement, () => value))] },
        principal: principalWith({ username: 'x' }),
        request: {
          action: 's3:GetObject',
          resource: `arn:aws:s3:::b/t/${other}/k`,
          context: { 's3:prefix': `t/${other}/k`, 'aws:x': other, 'aws:username': 'alice' },
        },
      }).outcome === 'allowed';
    fc.assert(
      fc.property(hostile, hostile, (value, other) => {
        expect(allows(value, value)).toBe(true);
        if (other !== value) expect(allows(value, other)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});
