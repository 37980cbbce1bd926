// Resources that each tenant has one of, found by name: `<prefix><tenant>` and nothing after it, or a character that no
// tenant id holds. Owns how such a name may begin. Must never put a wildcard before the tenant.
import { CfnResource, Resource, Stack, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** What may stand before the tenant id. */
export interface PrefixRule {
  /** Matches the whole of a prefix. */
  readonly characters: RegExp;
  /** Characters a prefix may end with: they keep `order` + `s-acme` apart from `orders-` + `acme`. */
  readonly endings: string;
  readonly example: string;
}

/** One kind of resource of which each tenant has one. */
export interface NamedKind extends PrefixRule {
  /** As a person says it: `queue`. */
  readonly noun: string;
  /** The service of the ARN. */
  readonly service: string;
  /** What follows the account in the ARN. */
  readonly resource: (name: string) => string | readonly string[];
}

/** Names of letters, digits, `-` and `_`. */
export const plainNames: PrefixRule = { characters: /^[A-Za-z0-9_-]*$/, endings: '-_', example: 'orders-' };

/** Names that may also hold dots. */
export const dottedNames: PrefixRule = { characters: /^[A-Za-z0-9_.-]*$/, endings: '-_.', example: 'orders-' };

/**
 * One statement over the tenant's own resource of a kind.
 * @param scope the stack, or a construct of the stack, whose partition, Region and account the resources are in
 * @param suffix what AWS makes names of this kind end with, such as `.fifo`
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function describeByName(
  scope: IConstruct,
  kind: NamedKind,
  actions: string | readonly string[],
  prefix: string,
  suffix = '',
): TenantStatement {
  refuseOneResource(scope, kind.noun);
  refuseOddPrefix(prefix, kind, scope);
  const parts = kind.resource(`${prefix}${tenantPlaceholder}${suffix}`);
  const arns =
    typeof parts === 'string'
      ? arnIn(scope, kind.service, parts)
      : parts.map((part) => arnIn(scope, kind.service, part));
  return { Effect: 'Allow', Action: actions, Resource: arns };
}

/** An ARN in the partition, Region and account of the construct's stack. */
export function arnIn(scope: IConstruct, service: string, resource: string): string {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/**
 * A prefix is never empty or mere punctuation: else a tenant named like any resource of the account would reach it.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function refuseOddPrefix(prefix: string, { characters, endings, example }: PrefixRule, scope: IConstruct): void {
  const text = textOf(prefix);
  if (/[A-Za-z0-9]/.test(text) && characters.test(text) && endings.includes(prefix.slice(-1))) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'The prefix before the tenant id cannot be used',
      got: JSON.stringify(prefix),
      allowed: `letters or digits of such names, no wildcard or placeholder, ending with ${[...endings].join(' or ')}`,
      fix: `write it like ${JSON.stringify(example)}; the tenant id is added`,
    },
    scope,
  );
}

/**
 * Somebody who passes one resource expects it to be split; none of these services can.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function refuseOneResource(scope: IConstruct, noun: string): void {
  if (!Resource.isResource(scope) && !CfnResource.isCfnResource(scope)) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: `One ${noun} cannot be split between tenants`,
      got: 'a single resource',
      allowed: `a stack and the prefix of a name, for one ${noun} per tenant`,
      fix: 'pass the stack and a prefix, or say that all tenants share it: TenantAccess.shared, with a reason',
    },
    scope,
  );
}

/** The prefix with a letter for each token: what only the deployment knows cannot be looked at here. */
function textOf(prefix: string): string {
  if (!Token.isUnresolved(prefix)) return prefix;
  const fragments = Tokenization.reverseString(prefix).mapTokens({ mapToken: () => 'x' });
  return String(fragments.join(new StringConcat()));
}
