// How a configuration with CDK tokens reaches the function: a document whose strings name environment variables,
// and those variables. Placeholders stay in the document; a variable never holds one.
import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { TokenSplitter, type DeployTimeValue } from './split-tokens.ts';

/** Plain JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A document on its way: `config.json` with `$ref` and `$join`, and the value behind each name. */
export interface Delivery {
  readonly document: Json;
  /** By reference name; the environment variable is core's `variableOf` it. */
  readonly values: ReadonlyMap<string, DeployTimeValue>;
}

/**
 * Splits every string of `document` at its tokens and names each distinct token once.
 * Members that are undefined are left out, as JSON does.
 * @throws SynthError `TvmConfigurationToken` for a token in a key, number or list, a placeholder inside an intrinsic
 *   function, and a token marker that lost its token
 */
export function deliverConfiguration(document: unknown, scope: IConstruct): Delivery {
  const splitter = new TokenSplitter(scope);
  const names = new Map<string, string>();
  const values = new Map<string, DeployTimeValue>();
  const nameOf = (value: DeployTimeValue): string => {
    const known = names.get(value.key);
    if (known !== undefined) return known;
    const name = unusedName(readableName(value), values);
    names.set(value.key, name);
    values.set(name, value);
    return name;
  };
  const deliver = (value: unknown, at: string): Json => {
    if (Token.isUnresolved(value) && typeof value !== 'string') return deliverToken(value, at);
    if (typeof value === 'string') return deliverString(value, at);
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => deliver(item, `${at}/${index}`));
    if (typeof value === 'object') {
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      return Object.fromEntries(
        members.map(([name, member]) => {
          if (Token.isUnresolved(name)) throw refuse(scope, at, 'a token in an object key', 'write the key out');
          // The function reads such a member as a reference to its environment.
          if (name.startsWith('$')) throw refuse(scope, at, `the member ${name}`, 'rename it: "$" starts references');
          return [name, deliver(member, `${at}/${name}`)];
        }),
      );
    }
    throw refuse(scope, at, `a ${typeof value}`, 'use strings, numbers, booleans, lists and objects');
  };
  const deliverToken = (value: unknown, at: string): Json => {
    // A number or list token has no text to split; an object token where a string belongs is one string.
    if (typeof value !== 'object' || Array.isArray(value)) {
      const kind = typeof value === 'number' ? 'number' : 'list';
      throw refuse(scope, at, `a ${kind} that only the deployment knows`, `write the ${kind} out`);
    }
    return deliverString(Token.asString(value), at);
  };
  const deliverString = (text: string, at: string): Json => {
    const parts = splitter
      .split(text, at)
      .map((part) => (part.kind === 'text' ? part.text : { $ref: nameOf(part.value) }));
    const [only] = parts;
    if (parts.length === 0) return '';
    return parts.length === 1 && only !== undefined ? only : { $join: parts };
  };
  return { document: deliver(document, ''), values };
}

/** `DATA_BUCKET_ARN` for the attribute Arn of `DataBucket/Resource`, `REGION` for the Region, else what it is. */
function readableName(value: DeployTimeValue): string {
  if (value.reference !== undefined) {
    const { target, displayName } = value.reference;
    const withinStack = target.node.scopes.slice(Stack.of(target).node.scopes.length).map(({ node }) => node.id);
    const path = withinStack.filter((id) => id !== 'Resource' && id !== 'Default');
    return snakeCase([...path, ...(displayName === 'Ref' ? [] : [displayName])].join('_'));
  }
  const [kind = '', argument] = Object.entries(value.intrinsic ?? {})[0] ?? [];
  if (kind === 'Ref' && typeof argument === 'string') return snakeCase(argument.replace('AWS::', ''));
  if (kind === 'Fn::ImportValue' && typeof argument === 'string') return snakeCase(argument);
  return 'VALUE';
}

function snakeCase(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  const name = words.replace(/[^A-Z0-9]+/g, '_').replace(/^[^A-Z]+|_+$/g, '');
  // Names count towards the 4,096 bytes of a function's environment; the end of a path says more than its start.
  return name.slice(-40).replace(/^[^A-Z]+/, '') || 'VALUE';
}

function unusedName(name: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) {
    if (!taken.has(`${name}_${number}`)) return `${name}_${number}`;
  }
}

function refuse(scope: IConstruct, at: string, got: string, fix: string): SynthError {
  const what = `The configuration cannot be delivered: ${at || '/'} is not plain`;
  return new SynthError(
    'TvmConfigurationToken',
    { what, got, allowed: 'JSON whose strings may hold CDK tokens', fix },
    scope,
  );
}

/** Narrows to a list. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
