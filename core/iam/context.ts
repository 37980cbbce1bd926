// The request context: condition keys and their values, names case-insensitive, filled up with what the principal carries.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
import type { VariableLookup } from './pattern.ts';
import { ConditionError } from './syntax.ts';

/** Who asks. `arn` is the role (or user); `sessionArn` the assumed-role session. Tags are session tags over role tags. */
export interface RequestPrincipal {
  readonly arn: string;
  readonly sessionArn?: string;
  readonly accountId: string;
  /** `aws:userid`, such as `AROA…:session`; a stand-in with that shape where it is not given. */
  readonly userId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Look-up of condition keys and policy variables. */
export interface RequestContext {
  /** The values of a key, or undefined where the request has none (an empty list is none). */
  readonly values: (key: string) => readonly string[] | undefined;
  readonly variable: VariableLookup;
}

/** Keys that hold one value by definition: a list there is forged or a bug, and no set operator may make sense of it. */
const singleValued =
  /^(?:aws:(?:principaltag\/.*|requesttag\/.*|resourcetag\/.*|principalarn|principalaccount|userid|username|sourceip|securetransport|sourceidentity)|sts:(?:sourceidentity|externalid|rolesessionname)|s3:(?:prefix|delimiter))$/s;

/** Builds the look-up. Throws {@link ConditionError} where a key appears twice or a single-valued key has several values. */
export function buildContext(
  principal: RequestPrincipal,
  given: Readonly<Record<string, string | readonly string[]>>,
): RequestContext {
  const entries = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    if (entries.has(key)) throw new ConditionError(`${name} is given twice`);
    const values = typeof value === 'string' ? [value] : value;
    if (values.length > 1 && singleValued.test(key)) throw new ConditionError(`${name} holds one value`);
    // Tags of the caller come from the caller alone: a request parameter of that name must not add one (property P7).
    if (!key.startsWith('aws:principaltag/')) entries.set(key, values);
  }
  for (const [name, value] of Object.entries(principalKeys(principal))) entries.set(name.toLowerCase(), [value]);
  const values = (key: string): readonly string[] | undefined => {
    const found = entries.get(key.toLowerCase());
    return found === undefined || found.length === 0 ? undefined : found;
  };
  // A variable takes single-valued keys only; one with several values resolves to nothing, so it matches nothing.
  const variable = (name: string): string | undefined => {
    const found = values(name);
    return found?.length === 1 ? found[0] : undefined;
  };
  return { values, variable };
}

function principalKeys(principal: RequestPrincipal): Record<string, string> {
  const keys: Record<string, string> = {
    'aws:PrincipalArn': principal.arn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:userid': principal.userId ?? standInUserId(principal),
  };
  for (const [name, value] of Object.entries(principal.tags ?? {})) {
    const key = `aws:PrincipalTag/${name}`.toLowerCase();
    if (keys[key] !== undefined) throw new ConditionError(`the principal's tag ${name} is given twice`);
    keys[key] = value;
  }
  return keys;
}

function standInUserId({ sessionArn }: RequestPrincipal): string {
  return sessionArn === undefined
    ? 'AIDAXXXXXXXXXXXXXXXXX'
    : `AROAXXXXXXXXXXXXXXXXX:${sessionArn.slice(sessionArn.lastIndexOf('/') + 1)}`;
}
