// Takes strings apart at their CDK tokens: what is text, and what only the deployment knows.
// A token hides text (`Fn.join` around an import is one token), so it is opened here as far as it opens;
// what stays closed must hold no placeholder. Never turns a deploy-time value into text.
import { DefaultTokenResolver, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { IPostProcessor, IResolvable, IResolveContext } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';

/** A value that CloudFormation fills in. Equal values have equal keys. */
export interface DeployTimeValue {
  readonly key: string;
  /** The same value as a CDK string token, for an environment variable. */
  readonly token: string;
  /** The resource attribute behind it, where it is one. */
  readonly reference?: Reference;
  /** The intrinsic function behind it, where it is no resource attribute. */
  readonly intrinsic?: Readonly<Record<string, unknown>>;
}

/** One part of a string: its text, or a value that CloudFormation fills in. */
export type Part =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'value'; readonly value: DeployTimeValue };

/** Stands for a resource attribute inside a resolved tree; attributes stay tokens, so that cross-stack use still works. */
const referenceMarker = 'Tvm::Reference';

/** Splits strings of one construct tree. Attributes are numbered, so that one attribute has one key whatever wraps it. */
export class TokenSplitter {
  readonly #scope: IConstruct;
  readonly #references: Reference[] = [];

  constructor(scope: IConstruct) {
    this.#scope = scope;
  }

  /**
   * The parts of `text`; texts are never adjacent and never empty.
   * @param at where the string stands, as a JSON pointer, for the message
   * @throws SynthError `TvmConfigurationToken`
   * @see https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
   */
  split(text: string, at: string): readonly Part[] {
    if (!Token.isUnresolved(text)) return mergeTexts([this.#text(text, at)]);
    const resolver = new ReferenceKeepingResolver((reference) => this.#mark(reference));
    const tree: unknown = Tokenization.resolve(text, { scope: this.#scope, resolver, preparing: false });
    return mergeTexts(flattenJoins(tree).map((leaf) => this.#part(leaf, at)));
  }

  #mark(reference: Reference): Record<string, unknown> {
    // The scope's own pseudo parameters come in two forms; as one form they share one variable.
    if (reference.displayName.startsWith('AWS::') && Stack.of(reference.target) === Stack.of(this.#scope)) {
      return { Ref: reference.displayName };
    }
    const known = this.#references.indexOf(reference);
    return { [referenceMarker]: String(known >= 0 ? known : this.#references.push(reference) - 1) };
  }

  #part(leaf: unknown, at: string): Part {
    if (typeof leaf === 'string' || typeof leaf === 'number') return this.#text(String(leaf), at);
    if (!isRecord(leaf)) {
      throw refuse(this.#scope, at, `a token that resolves to ${typeof leaf}`, 'use a token that resolves to a string');
    }
    const key = JSON.stringify(leaf);
    if (key.includes('{{')) {
      throw refuse(
        this.#scope,
        at,
        `a placeholder inside the intrinsic ${Object.keys(leaf).join()}`,
        'write the placeholder into the plain part of the string, outside the intrinsic function',
      );
    }
    this.#refuseMarkers(key, at);
    const reference = this.#referenceOf(leaf);
    if (reference !== undefined) {
      return { kind: 'value', value: { key, token: Token.asString(reference), reference } };
    }
    return { kind: 'value', value: { key, token: Token.asString(this.#restore(leaf)), intrinsic: leaf } };
  }

  #text(text: string, at: string): Part {
    this.#refuseMarkers(text, at);
    return { kind: 'text', text };
  }

  /** Changing the case of a token, encoding or cutting it leaves its marker's text; shipped, that would name nothing. */
  #refuseMarkers(text: string, at: string): void {
    if (!/(?:[$#]|%24|%23)(?:\{|%7b)token/i.test(text)) return;
    throw refuse(
      this.#scope,
      at,
      `"${text}"`,
      'pass the string as CDK gave it, without encoding, cutting or escaping it',
    );
  }

  #referenceOf(leaf: Readonly<Record<string, unknown>>): Reference | undefined {
    const index = leaf[referenceMarker];
    return index === undefined ? undefined : this.#references[Number(index)];
  }

  /** Puts the attributes back where their markers stand, for an intrinsic that wraps some. */
  #restore(tree: unknown): unknown {
    if (Array.isArray(tree)) return tree.map((item) => this.#restore(item));
    if (!isRecord(tree)) return tree;
    return (
      this.#referenceOf(tree) ??
      Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, this.#restore(value)]))
    );
  }
}

class ReferenceKeepingResolver extends DefaultTokenResolver {
  readonly #mark: (reference: Reference) => Record<string, unknown>;

  constructor(mark: (reference: Reference) => Record<string, unknown>) {
    super({
      join: (left: unknown, right: unknown) =>
        left === undefined ? right : right === undefined ? left : { 'Fn::Join': ['', [left, right]] },
    });
    this.#mark = mark;
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return Reference.isReference(token) ? this.#mark(token) : super.resolveToken(token, context, postProcessor);
  }
}

/** The leaves of nested `Fn::Join`s, delimiters included; a join over a list that only the deployment knows is one leaf. */
function flattenJoins(tree: unknown): unknown[] {
  const join = isRecord(tree) && Object.keys(tree).length === 1 ? tree['Fn::Join'] : undefined;
  if (!Array.isArray(join)) return [tree];
  const [delimiter, items] = join as readonly unknown[];
  if (typeof delimiter !== 'string' || !Array.isArray(items)) return [tree];
  return items.flatMap((item, index) => [...(index === 0 ? [] : [delimiter]), ...flattenJoins(item)]);
}

function mergeTexts(parts: readonly Part[]): readonly Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.kind === 'text' && part.text === '') continue;
    if (part.kind === 'text' && last?.kind === 'text') {
      merged[merged.length - 1] = { kind: 'text', text: last.text + part.text };
    } else merged.push(part);
  }
  return merged;
}

function refuse(scope: IConstruct, at: string, got: string, fix: string): SynthError {
  const what = `The configuration cannot be delivered: ${at || '/'} holds a CDK token where none can be filled in`;
  return new SynthError(
    'TvmConfigurationToken',
    { what, got, allowed: 'text and string tokens side by side', fix },
    scope,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
