// Strict reading of JSON bodies: what decides (names, keys, types) must have exactly one reading.
import { isRecord } from '../../../core/iam/syntax.ts';
import { notImplemented } from '../refusal.ts';
import { serializationException, validationException } from './errors.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a body. Nulls are refused, since the engine would take them for absent; so is `__proto__`. */
export function parseJsonObject(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw serializationException('The body is not JSON.');
  }
  checkTree(value);
  if (!isRecord(value)) throw serializationException('The body is not a JSON object.');
  return value;
}

function checkTree(value: unknown): void {
  if (value === null) throw serializationException('The body holds a null.');
  if (typeof value !== 'object') return;
  if (Object.hasOwn(value, '__proto__')) throw notImplemented('an attribute named __proto__');
  Object.values(value).forEach(checkTree);
}

/** An own member of an object: inherited ones (`constructor`) are nobody's input. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A string member, required. */
export function requireString(object: JsonObject, name: string): string {
  const value = optionalString(object, name);
  if (value === undefined) throw validationException(`${name} is missing.`);
  return value;
}

/** A string member. */
export function optionalString(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  if (value !== undefined && typeof value !== 'string') throw serializationException(`${name} is not a string.`);
  return value;
}

/** An object member; `{}` where absent. */
export function optionalObject(object: JsonObject, name: string): JsonObject {
  return toObject(member(object, name) ?? {}, name);
}

/** An object member, required. */
export function requireObject(object: JsonObject, name: string): JsonObject {
  return toObject(member(object, name), name);
}

/** A list member; empty where absent. */
export function optionalList(object: JsonObject, name: string): readonly unknown[] {
  const value = member(object, name) ?? [];
  if (!Array.isArray(value)) throw serializationException(`${name} is not a list.`);
  return value;
}

/** Narrows to an object. */
export function toObject(value: unknown, name: string): JsonObject {
  if (value === undefined) throw validationException(`${name} is missing.`);
  if (!isRecord(value)) throw serializationException(`${name} is not an object.`);
  return value;
}

/** Refuses members that are not known: an ignored member is one that did not do what its sender meant. */
export function allowMembers(object: JsonObject, names: readonly string[], where: string): void {
  const unknown = Object.keys(object).find((name) => !names.includes(name));
  if (unknown !== undefined) throw notImplemented(`the member ${unknown} of ${where}`);
}
