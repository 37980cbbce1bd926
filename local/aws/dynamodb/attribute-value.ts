// DynamoDB attribute values, and the one that matters here: the partition key's, as a policy sees it.
import { serializationException, validationException } from './errors.ts';
import { member, toObject, type JsonObject } from './json.ts';

/** An attribute value in DynamoDB's JSON; binary values are base64. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Readonly<Record<string, AttributeValue>> };

/** Types a key attribute can have. */
export type KeyType = 'S' | 'N' | 'B';

/** A key attribute of a schema. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

const shortestNumber = /^(?:0|-?(?:0\.[0-9]*[1-9]|[1-9][0-9]*(?:\.[0-9]*[1-9])?))$/;

/** The text of a key attribute's value. Only one spelling of each value is taken: `1.0` and `1` are one item, and would be
 * two leading keys. Throws ValidationException. */
export function readKeyValue(value: unknown, { name, type }: KeyAttribute): string {
  const object = toObject(value, name);
  const text = member(object, type);
  if (typeof text !== 'string' || Object.keys(object).length !== 1) {
    throw validationException(`The provided key element does not match the schema: ${name} is not one ${type} value.`);
  }
  if (type === 'N' && !shortestNumber.test(text)) {
    throw validationException(`Local AWS takes number keys in their shortest form only: ${name}`);
  }
  if (type === 'B' && Buffer.from(text, 'base64').toString('base64') !== text) {
    throw serializationException(`${name} is not base64.`);
  }
  return text;
}

/** The value of a key attribute out of a key or an item. */
export function readKeyOf(attributes: JsonObject, key: KeyAttribute): string {
  const value = member(attributes, key.name);
  if (value === undefined) {
    throw validationException(`The provided key element does not match the schema: ${key.name} is missing.`);
  }
  return readKeyValue(value, key);
}
