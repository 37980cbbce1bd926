import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillReferences, variableOf } from '../../core/references.ts';
import { codeOf, refusalOf } from './fixtures.ts';

const environment = { TVM_REF_BUCKET: 'arn:aws:s3:::b', TVM_REF_ROLE: 'arn:aws:iam::111122223333:role/r', OTHER: 'x' };
const fill = (document: unknown): unknown => fillReferences(document, environment);

describe('references', () => {
  it('are filled from TVM_REF_ variables, wherever they stand', () => {
    expect(fill({ a: { $ref: 'ROLE' }, b: [{ $ref: 'BUCKET' }, 'x', 5, null, true] })).toEqual({
      a: environment.TVM_REF_ROLE,
      b: [environment.TVM_REF_BUCKET, 'x', 5, null, true],
    });
    expect(variableOf('ROLE')).toBe('TVM_REF_ROLE');
  });

  it('are joined, with the placeholders that the document itself holds', () => {
    expect(fill({ $join: [{ $ref: 'BUCKET' }, '/tenants/{{tenant}}/*'] })).toBe('arn:aws:s3:::b/tenants/{{tenant}}/*');
    expect(fill({ $join: [] })).toBe('');
    expect(fill({ $join: ['a', 'b'] })).toBe('ab');
  });

  it('leave a document without references as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (JSON.stringify(value).includes('"$')) return;
        expect(fill(value)).toEqual(value);
      }),
    );
  });

  it.each([
    ['an unset variable', { $ref: 'MISSING' }],
    ['a name outside the grammar', { $ref: 'bucket' }],
    ['a name with a digit first', { $ref: '1A' }],
    ['an empty name', { $ref: '' }],
    ['a name that is no string', { $ref: 5 }],
    ['a name that reaches further', { $ref: 'A-B' }],
    ['a variable that is not ours', { $ref: '../OTHER' }],
    ['a second member', { $ref: 'BUCKET', x: 1 }],
    ['both kinds', { $ref: 'BUCKET', $join: [] }],
    ['another dollar object', { $sub: 'x' }],
    ['a CloudFormation-like object', { 'Fn::Join': [], $x: 1 }],
    ['a join that is no list', { $join: 'x' }],
    ['a join of a number', { $join: ['a', 5] }],
    ['a join within a join', { $join: [{ $join: ['a'] }] }],
    ['a join of a list', { $join: [['a']] }],
    ['a join with a reference and more', { $join: [{ $ref: 'BUCKET', x: 1 }] }],
  ])('refuse %s', (_, value) => {
    expect(codeOf(() => fill({ deep: [{ value }] }))).toBe('misconfigured');
  });

  it.each([
    '',
    '{{tenant}}',
    'a{{b',
    '${aws:username}',
    '${*}',
    '*',
    'a*',
    '?',
    'a b',
    'a\n',
    '\t',
    'a\0',
    'a\u0085',
    '\u00a0',
    '\u2028',
  ])('refuse a variable that holds %j', (value) => {
    expect(codeOf(() => fillReferences({ $ref: 'X' }, { TVM_REF_X: value }))).toBe('misconfigured');
    expect(codeOf(() => fillReferences({ $join: ['a', { $ref: 'X' }] }, { TVM_REF_X: value }))).toBe('misconfigured');
  });

  it('never let a variable complete a placeholder or a policy variable with its neighbour', () => {
    const part = fc.constantFrom('{', '}', '{{', '$', '${', 'tenant', 'aws:username', 'x');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 })), { maxLength: 4 }),
        (parts) => {
          const texts = parts.map(([isVariable, pieces]) => ({ isVariable, text: pieces.join('') }));
          const $join = texts.map(({ isVariable, text }, index) => (isVariable ? { $ref: `V${index}` } : text));
          const variables = Object.fromEntries(texts.map(({ text }, index) => [`TVM_REF_V${index}`, text]));
          let filled: unknown;
          try {
            filled = fillReferences({ $join }, variables);
          } catch {
            return;
          }
          const own = texts.map(({ isVariable, text }) => (isVariable ? '\uE000' : text)).join('');
          const count = (text: string): number => text.match(/\{\{|\}\}|\$\{/g)?.length ?? 0;
          expect(count(filled as string)).toBe(count(own));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('names every bad one at once, and no value', () => {
    const { message } = refusalOf(() =>
      fillReferences({ a: { $ref: 'A' }, b: { $ref: 'B' }, c: { $x: 1 } }, { TVM_REF_B: 'secret*' }),
    );
    expect(message).toContain('TVM_REF_A');
    expect(message).toContain('TVM_REF_B');
    expect(message).not.toContain('secret');
  });

  it('do not change the document', () => {
    const document = { a: { $ref: 'ROLE' } };
    fill(document);
    expect(document).toEqual({ a: { $ref: 'ROLE' } });
  });

  it('carry no member into a prototype', () => {
    const filled = fill(JSON.parse('{"__proto__":{"polluted":{"$ref":"ROLE"}}}')) as Record<string, unknown>;
    expect(Object.hasOwn(filled, '__proto__')).toBe(true);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
