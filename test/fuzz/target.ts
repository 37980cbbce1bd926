// What a fuzz target is: one parser, the errors it may throw, and a property of what it accepts, checked by other means than
// the parser's own.
import { isDeepStrictEqual } from 'node:util';
import type fc from 'fast-check';
import { TvmError, type TvmErrorCode } from '../../core/errors.ts';

/** What one input came to. Inputs whose `feature` is new are kept and mutated further. */
export interface Outcome {
  readonly accepted: boolean;
  readonly feature: string;
}

export interface Target {
  readonly name: string;
  /** Words that mean something to the parser. */
  readonly words: readonly string[];
  readonly maxLength: number;
  /** CPU time that one input may take: a parser that needs more can be used to stop the machine. Default 500. */
  readonly maxMilliseconds?: number;
  /** Inputs with the structure of the real thing, where bytes alone would be refused at the first one. */
  readonly structured?: fc.Arbitrary<string>;
  /** Parses one input and holds the result against the property. Throws where a promise of the parser is broken. */
  readonly check: (input: Uint8Array) => Outcome | Promise<Outcome>;
}

/** A broken promise of a parser. */
export class BrokenPromiseError extends Error {
  override readonly name = 'BrokenPromiseError';
}

export function promise(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenPromiseError(what);
}

export function promiseEqual(actual: unknown, expected: unknown, what: string): void {
  promise(isDeepStrictEqual(actual, expected), what);
}

export const accepted = (feature = 'accepted'): Outcome => ({ accepted: true, feature });
export const refused = (feature: string): Outcome => ({ accepted: false, feature });

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** Runs a parser. What it accepts goes to `verify`; of its errors only the given classes are refusals, all others go on. */
export function hold<T>(
  parse: () => T,
  errors: readonly ErrorClass[],
  verify: (value: T) => Outcome | undefined,
): Outcome {
  let value: T;
  try {
    value = parse();
  } catch (thrown) {
    if (!errors.some((error) => thrown instanceof error)) throw thrown;
    return refused(featureOf(thrown));
  }
  return verify(value) ?? accepted();
}

/** As {@link hold}, for a parser that may refuse with these codes of TvmError only. */
export function holdCodes<T>(
  parse: () => T,
  codes: readonly TvmErrorCode[],
  verify: (value: T) => Outcome | undefined,
): Outcome {
  return hold(
    () => {
      try {
        return parse();
      } catch (thrown) {
        if (thrown instanceof TvmError) promise(codes.includes(thrown.code), `refuses with the code ${thrown.code}`);
        throw thrown;
      }
    },
    [TvmError],
    verify,
  );
}

/** The kind of a refusal: its words without what the input brought into them. */
function featureOf(thrown: unknown): string {
  const { name, message } = thrown as Error;
  return `${name} ${message.replace(/"[^"]*"|\d+/g, '#').slice(0, 60)}`;
}

/** The input as text, as every boundary of the product reads bytes: UTF-8, refused where it is not. */
export function textOf(input: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    return undefined;
  }
}

/** The input as a JSON value, and undefined where it is none: for parsers that take values. */
export function jsonOf(input: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(input).toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}
