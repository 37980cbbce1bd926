// A closed schema language, as small as our documents need: each schema parses (unknown in, typed out, every issue with its
// JSON pointer) and describes itself as JSON Schema, so that what validates and what is documented cannot differ.
// @see https://www.rfc-editor.org/rfc/rfc6901 (JSON pointers)
import { isRecord } from './iam/syntax.ts';

/** One thing wrong with a document. */
export interface Issue {
  readonly pointer: string;
  readonly message: string;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Parses or reports: undefined is returned only together with at least one issue (or by {@link check}'s callers). */
export interface Schema<T> {
  readonly parse: (input: unknown, pointer: string, issues: Issue[]) => T | undefined;
  /** Made when asked: the cold start of a function needs no description. */
  readonly json: JsonSchema;
}

type Shape = Readonly<Record<string, Schema<unknown>>>;
type Parsed<S> = S extends Schema<infer T> ? T : never;

/** `a/b~c` as one segment of a JSON pointer. */
export function pointerTo(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function fail(issues: Issue[], pointer: string, message: string): undefined {
  issues.push({ pointer, message });
  return undefined;
}

/** A string that `accepts` (given a name for the message), such as an ARN. */
export function string(
  options: { readonly accepts?: (text: string) => boolean; readonly what?: string; readonly json?: JsonSchema } = {},
): Schema<string> {
  const { accepts = (text) => text !== '', what = 'a non-empty string', json = { minLength: 1 } } = options;
  return {
    json: { type: 'string', ...json },
    parse: (input, pointer, issues) =>
      typeof input === 'string' && accepts(input) ? input : fail(issues, pointer, `must be ${what}`),
  };
}

/** A string that matches one of our own, anchored patterns. */
export function matching(pattern: RegExp, what: string): Schema<string> {
  return string({ accepts: (text) => pattern.test(text), what, json: { pattern: pattern.source } });
}

export function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
  return {
    json: { enum: values },
    parse: (input, pointer, issues) =>
      values.find((value) => value === input) ?? fail(issues, pointer, `must be one of ${values.join(', ')}`),
  };
}

/** A whole number within bounds, both included. */
export function integer(minimum: number, maximum: number): Schema<number> {
  return {
    json: { type: 'integer', minimum, maximum },
    parse: (input, pointer, issues) =>
      typeof input === 'number' && Number.isInteger(input) && input >= minimum && input <= maximum
        ? input
        : fail(issues, pointer, `must be a whole number from ${minimum} to ${maximum}`),
  };
}

export const boolean: Schema<boolean> = {
  json: { type: 'boolean' },
  parse: (input, pointer, issues) =>
    typeof input === 'boolean' ? input : fail(issues, pointer, 'must be true or false'),
};

/** A JSON object taken as it is; the parser behind it looks inside. */
export const anyObject: Schema<Readonly<Record<string, unknown>>> = {
  json: { type: 'object' },
  parse: (input, pointer, issues) => (isRecord(input) ? input : fail(issues, pointer, 'must be an object')),
};

export function list<T>(
  item: Schema<T>,
  options: { readonly min?: number; readonly max?: number; readonly distinct?: boolean } = {},
): Schema<readonly T[]> {
  const { min = 0, max = Infinity, distinct = false } = options;
  return {
    get json() {
      return { type: 'array', items: item.json, minItems: min, ...(max === Infinity ? {} : { maxItems: max }) };
    },
    parse: (input, pointer, issues) => {
      if (!Array.isArray(input)) return fail(issues, pointer, 'must be a list');
      if (input.length < min || input.length > max) {
        return fail(
          issues,
          pointer,
          max === Infinity ? `must have at least ${min} entry` : `must have ${min} to ${max} entries`,
        );
      }
      if (distinct && new Set(input).size !== input.length) return fail(issues, pointer, 'must not repeat an entry');
      const before = issues.length;
      const parsed = input.map((entry, index) => item.parse(entry, pointerTo(pointer, index), issues));
      return issues.length === before ? (parsed as T[]) : undefined;
    },
  };
}

/** A map whose keys match one of our own patterns. */
export function map<T>(keys: RegExp, what: string, item: Schema<T>, min = 0): Schema<Readonly<Record<string, T>>> {
  return {
    get json() {
      return {
        type: 'object',
        additionalProperties: item.json,
        propertyNames: { pattern: keys.source },
        minProperties: min,
      };
    },
    parse: (input, pointer, issues) => {
      if (!isRecord(input)) return fail(issues, pointer, 'must be an object');
      const before = issues.length;
      const entries = Object.entries(input).map(([key, value]) => {
        if (!keys.test(key)) fail(issues, pointerTo(pointer, key), `is not ${what}`);
        return [key, item.parse(value, pointerTo(pointer, key), issues)] as const;
      });
      if (entries.length < min) fail(issues, pointer, `must have at least ${min} entry`);
      return issues.length === before ? (Object.fromEntries(entries) as Record<string, T>) : undefined;
    },
  };
}

type ObjectOf<R extends Shape, O extends Shape> = { readonly [K in keyof R]: Parsed<R[K]> } & {
  readonly [K in keyof O]?: Parsed<O[K]>;
};

/** A closed object: a field it does not name is an issue, so that a typing error is never silently ignored. */
export function object<R extends Shape, O extends Shape>(required: R, optional: O): Schema<ObjectOf<R, O>> {
  return {
    get json() {
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries({ ...required, ...optional }).map(([key, schema]) => [key, schema.json]),
        ),
        required: Object.keys(required),
        additionalProperties: false,
      };
    },
    parse: (input, pointer, issues) => {
      if (!isRecord(input)) return fail(issues, pointer, 'must be an object');
      const before = issues.length;
      const parsed: [string, unknown][] = [];
      for (const key of Object.keys(input)) {
        if (!Object.hasOwn(required, key) && !Object.hasOwn(optional, key))
          fail(issues, pointerTo(pointer, key), 'is not a known field');
      }
      for (const [key, schema] of Object.entries(required)) {
        if (!Object.hasOwn(input, key)) fail(issues, pointerTo(pointer, key), 'is missing');
        else parsed.push([key, schema.parse(input[key], pointerTo(pointer, key), issues)]);
      }
      for (const [key, schema] of Object.entries(optional)) {
        if (Object.hasOwn(input, key) && input[key] !== undefined)
          parsed.push([key, schema.parse(input[key], pointerTo(pointer, key), issues)]);
      }
      return issues.length === before ? (Object.fromEntries(parsed) as ObjectOf<R, O>) : undefined;
    },
  };
}

/** One of several schemas, chosen by `choose`; the chosen one reports the issues. */
export function either<T>(choose: (input: unknown) => Schema<T>, all: readonly Schema<T>[]): Schema<T> {
  return {
    get json() {
      return { oneOf: all.map(({ json }) => json) };
    },
    parse: (input, pointer, issues) => choose(input).parse(input, pointer, issues),
  };
}

/** Adds a check that sees the whole parsed value; it reports through `report`, with a pointer below this value. */
export function check<T>(
  schema: Schema<T>,
  verify: (value: T, report: (pointer: string, message: string) => void) => void,
): Schema<T> {
  return {
    get json() {
      return schema.json;
    },
    parse: (input, pointer, issues) => {
      const value = schema.parse(input, pointer, issues);
      if (value === undefined) return undefined;
      const before = issues.length;
      verify(value, (below, message) => issues.push({ pointer: `${pointer}${below}`, message }));
      return issues.length === before ? value : undefined;
    },
  };
}

/** A string, finite number or boolean. */
export const scalar: Schema<string | number | boolean> = {
  json: { type: ['string', 'number', 'boolean'] },
  parse: (input, pointer, issues) => {
    if (typeof input === 'string' || typeof input === 'boolean') return input;
    if (typeof input === 'number' && Number.isFinite(input)) return input;
    return fail(issues, pointer, 'must be a string, number or boolean');
  },
};
