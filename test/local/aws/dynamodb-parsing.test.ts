import { describe, expect, test } from 'vitest';
import { readKeyValue } from '../../../local/aws/dynamodb/attribute-value.ts';
import { touchedAttributes } from '../../../local/aws/dynamodb/expression.ts';
import { parseKeyCondition } from '../../../local/aws/dynamodb/key-condition.ts';
import type { KeySchema } from '../../../local/aws/dynamodb/tables.ts';

// The engine would refuse most of these too; here nothing else stands between the text and the decision.
const keys: KeySchema = { partition: { name: 'tenant', type: 'S' }, sort: { name: 'id', type: 'S' } };
const body = (KeyConditionExpression: string) => ({
  KeyConditionExpression,
  ExpressionAttributeNames: { '#t': 'tenant', '#i': 'id', '#p': '__proto__' },
  ExpressionAttributeValues: { ':t': { S: 'acme' }, ':g': { S: 'globex' }, ':n': { N: '1' } },
});

describe('a key condition', () => {
  test.each([
    ['tenant = :t', 'tenant = :t'],
    ['( ( #t=:t )and begins_with(#i,:g) )', '#t = :t AND begins_with(#i, :g)'],
    ['id between :t and :g AND tenant = :t', 'id BETWEEN :t AND :g AND tenant = :t'],
  ])('%s is written anew as %s', (text, expected) => {
    expect(parseKeyCondition(body(text), keys)).toMatchObject({ partitionValue: 'acme', expression: expected });
  });

  test.each([
    'tenant > :t',
    'tenant >= :t',
    'begins_with(tenant, :t)',
    'tenant BETWEEN :t AND :g',
    'tenant = :t AND #t = :g',
    'tenant = :t AND tenant > :g',
    'tenant = :t OR tenant = :g',
    'tenant = :n',
    'tenant = id',
    'id = :t',
    '#p = :t',
    'constructor = :t',
    'tenant = :constructor',
    'tenant = :t AND',
    'tenant = :t tenant = :g',
    'tenant = :t, id = :g',
    'tenant = :t AND (id = :g',
    'tenant = :t)',
    'tenant = :t\u0000',
    'tenant = \u{ff1a}t',
  ])('%s is refused', (text) => {
    expect(() => parseKeyCondition(body(text), keys)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
  });
});

describe('a key value', () => {
  test.each<[unknown, 'S' | 'N' | 'B']>([
    [{ S: 'a', N: '1' }, 'S'],
    [{ N: '1' }, 'S'],
    [{ S: 1 }, 'S'],
    [{ S: ['a'] }, 'S'],
    [{}, 'S'],
    [{ N: '1.0' }, 'N'],
    [{ N: '1e2' }, 'N'],
    [{ N: '-0' }, 'N'],
    [{ N: ' 1' }, 'N'],
    [{ N: 'NaN' }, 'N'],
    [{ B: 'YQ' }, 'B'],
    [{ B: 'YR==' }, 'B'],
    [{ B: 'YQ==\n' }, 'B'],
    ['a', 'S'],
    [undefined, 'S'],
  ])('%j as %s is refused', (value, type) => {
    expect(() => readKeyValue(value, { name: 'k', type })).toThrow();
  });

  test('has its one spelling', () => {
    expect(readKeyValue({ S: '' }, { name: 'k', type: 'S' })).toBe('');
    expect(readKeyValue({ N: '-12.5' }, { name: 'k', type: 'N' })).toBe('-12.5');
    expect(readKeyValue({ B: 'YQ==' }, { name: 'k', type: 'B' })).toBe('YQ==');
  });
});

describe('an expression touches', () => {
  test.each<[string, string[]]>([
    ['SET a = :v, b.c[0].d = if_not_exists(e, :v) REMOVE f ADD g :v DELETE h :v', ['a', 'b', 'e', 'f', 'g', 'h']],
    ['attribute_type(a, :v) and not (b between :v and c) or #t in (:v, d)', ['a', 'b', 'c', 'tenant', 'd']],
    ['a, b.#i, #t.c', ['a', 'b', 'tenant']],
    ['size(a)>size(b)', ['a', 'b']],
    ['attribute_exists(size)', ['size']],
  ])('in %s: %j', (text, expected) => {
    expect(touchedAttributes(text, body(''))).toEqual(expected);
  });

  test.each(['a = "b"', 'a; b', '#u = :v', 'ä = :v', '`a`'])('nothing in %s, which is refused', (text) => {
    expect(() => touchedAttributes(text, body(''))).toThrow();
  });
});
