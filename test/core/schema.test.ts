import { describe, expect, it } from 'vitest';
import {
  boolean,
  check,
  either,
  integer,
  list,
  map,
  matching,
  object,
  oneOf,
  pointerTo,
  scalar,
  string,
  type Issue,
  type Schema,
} from '../../core/schema.ts';

function parse<T>(schema: Schema<T>, input: unknown): { value: T | undefined; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  return { value: schema.parse(input, '', issues), issues };
}
const accepts = (schema: Schema<unknown>, input: unknown): boolean => parse(schema, input).issues.length === 0;

describe('schemas', () => {
  it('write JSON pointers as RFC 6901 does', () => {
    expect(pointerTo('/a', 'x/y~z')).toBe('/a/x~1y~0z');
    expect(pointerTo('', 0)).toBe('/0');
    expect(pointerTo('', '')).toBe('/');
  });

  it.each<[string, Schema<unknown>, unknown[], unknown[]]>([
    ['a string', string(), ['a', ' '], ['', 5, null, undefined, [], {}]],
    ['a pattern', matching(/^a+$/, 'as'), ['a', 'aa'], ['', 'b', 'a\n', 5]],
    ['one of', oneOf('a', 'b'), ['a', 'b'], ['A', '', 'ab', 5, null, ['a']]],
    ['an integer', integer(1, 3), [1, 3], [0, 4, 1.5, '1', NaN, Infinity, null, true, 1n]],
    ['a boolean', boolean, [true, false], ['true', 1, 0, null]],
    ['a scalar', scalar, ['', 0, false], [null, [], {}, NaN, Infinity]],
    [
      'a list',
      list(string(), { min: 1, max: 2, distinct: true }),
      [['a'], ['a', 'b']],
      [[], ['a', 'a'], ['a', 'b', 'c'], 'a', { 0: 'a' }, [5]],
    ],
    ['a map', map(/^[a-z]+$/, 'a name', integer(0, 9)), [{}, { a: 1 }], [[], { A: 1 }, { a: 'x' }, null, 'x']],
    [
      'an object',
      object({ a: string() }, { b: boolean }),
      [{ a: 'x' }, { a: 'x', b: true }, { a: 'x', b: undefined }],
      [{}, { b: true }, { a: 'x', c: 1 }, [], null, Object.create({ a: 'x' })],
    ],
    [
      'either',
      either<unknown>((input) => (typeof input === 'string' ? string() : boolean), [string(), boolean]),
      ['a', true],
      ['', 5],
    ],
    [
      'a check',
      check(integer(0, 9), (value, report) => {
        if (value % 2 === 1) report('', 'is odd');
      }),
      [2],
      [3, 'x'],
    ],
  ])('take and refuse as %s says', (_, schema, good, bad) => {
    for (const input of good) expect(accepts(schema, input)).toBe(true);
    for (const input of bad) {
      const { value, issues } = parse(schema, input);
      expect(issues.length).toBeGreaterThan(0);
      expect(value).toBeUndefined();
    }
  });

  it('report every issue with its place', () => {
    const schema = object({ a: list(object({ b: integer(0, 1) }, {})) }, {});
    const { issues } = parse(schema, { a: [{ b: 5 }, { c: 1 }], 'x/y': 1 });
    expect(issues.map(({ pointer }) => pointer).toSorted()).toEqual(['/a/0/b', '/a/1/b', '/a/1/c', '/x~1y']);
  });

  it('describe themselves as closed JSON Schema', () => {
    expect(object({ a: string() }, { b: integer(1, 2) }).json).toEqual({
      type: 'object',
      properties: { a: { type: 'string', minLength: 1 }, b: { type: 'integer', minimum: 1, maximum: 2 } },
      required: ['a'],
      additionalProperties: false,
    });
  });
});
