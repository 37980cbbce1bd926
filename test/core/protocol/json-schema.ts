// A validator for the part of JSON Schema 2020-12 that our documents use, written for the tests alone: it shares no code with
// core/schema.ts, so the two can be held against each other. A keyword that it does not know fails the test.
// @see https://json-schema.org/draft/2020-12/json-schema-validation
import type { Json } from '../fixtures.ts';

type Check = (value: unknown, argument: never, schema: Json, root: Json) => boolean;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => typeof value === 'number' && Number.isInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

const always = (): boolean => true;
const keywords: Readonly<Record<string, Check>> = {
  description: always,
  examples: always,
  format: always,
  xml: always,
  $ref: (value, pointer: string, _, root) => conforms(value, resolvePointer(root, pointer), root),
  type: (value, names: string | readonly string[]) => [names].flat().some((name) => types[name]!(value)),
  enum: (value, values: readonly unknown[]) => values.includes(value),
  const: (value, constant: unknown) => value === constant,
  pattern: (value, pattern: string) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (value, length: number) => typeof value !== 'string' || Array.from(value).length >= length,
  maxLength: (value, length: number) => typeof value !== 'string' || Array.from(value).length <= length,
  minimum: (value, bound: number) => typeof value !== 'number' || value >= bound,
  maximum: (value, bound: number) => typeof value !== 'number' || value <= bound,
  minItems: (value, count: number) => !Array.isArray(value) || value.length >= count,
  minProperties: (value, count: number) => !isObject(value) || Object.keys(value).length >= count,
  items: (value, item: Json, _, root) => !Array.isArray(value) || value.every((one) => conforms(one, item, root)),
  required: (value, names: readonly string[]) => !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  dependentRequired: (value, names: Readonly<Record<string, readonly string[]>>) =>
    !isObject(value) ||
    Object.entries(names).every(
      ([name, needed]) => !Object.hasOwn(value, name) || needed.every((one) => Object.hasOwn(value, one)),
    ),
  properties: (value, properties: Readonly<Record<string, Json>>, _, root) =>
    !isObject(value) ||
    Object.entries(properties).every(
      ([name, schema]) => !Object.hasOwn(value, name) || conforms(value[name], schema, root),
    ),
  propertyNames: (value, schema: Json, _, root) =>
    !isObject(value) || Object.keys(value).every((name) => conforms(name, schema, root)),
  additionalProperties: (value, schema: Json | boolean, { properties = {} }, root) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([name, one]) =>
        Object.hasOwn(properties as Json, name) || (typeof schema === 'boolean' ? schema : conforms(one, schema, root)),
    ),
  oneOf: (value, schemas: readonly Json[], _, root) =>
    schemas.filter((schema) => conforms(value, schema, root)).length === 1,
};

/** Whether a value conforms; `root` is the document that references point into. */
export function conforms(value: unknown, schema: Json, root: Json = schema): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = keywords[keyword];
    if (check === undefined) throw new TypeError(`the keyword ${keyword} is not known here`);
    return check(value, argument as never, schema, root);
  });
}

/** What a reference within the document points at; a reference to nothing fails the test. */
export function resolvePointer(root: Json, pointer: string): Json {
  const target = pointer
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((place, name) => (isObject(place) ? place[name] : undefined), root);
  if (!isObject(target)) throw new TypeError(`${pointer} points at nothing`);
  return target;
}
