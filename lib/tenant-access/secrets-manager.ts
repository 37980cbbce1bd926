// Access to a tenant's secrets, by path or by tag. By path the slash behind the tenant isolates: a secret's ARN ends with a
// dash and six characters, so `acme-*` would reach the secrets of `acme-eu`. Must never grant tags or resource policies.
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { describeByName, type NamedKind } from './by-name.ts';
import { describeTagged } from './resource-tag.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.secretsManagerPath`. */
export interface SecretsManagerPathOptions {
  /** What stands before the tenant id in the secret's name; ends with `/`, and no other secret's name starts with it. */
  readonly prefix: string;
  /**
   * Reading values, putting new ones, or both.
   * @default 'read'
   */
  readonly access?: AccessLevel;
}

/** Options of `TenantAccess.secretsManagerTag`. */
export interface SecretsManagerTagOptions {
  /**
   * The tag whose value is the tenant id.
   * @default 'tenant'
   */
  readonly tagKey?: string;
  /**
   * Reading values, putting new ones, or both.
   * @default 'read'
   */
  readonly access?: AccessLevel;
}

// DescribeSecret is what AWS's caching clients call before a value. UpdateSecret could change the key, and
// BatchGetSecretValue takes no resource.
const actions: LevelActions = {
  read: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  write: ['secretsmanager:PutSecretValue'],
};

const secrets: NamedKind = {
  noun: 'secret',
  service: 'secretsmanager',
  resource: (name) => `secret:${name}/*`,
  characters: /^[A-Za-z0-9/_+=.@-]*$/,
  endings: '/',
  example: 'tenants/',
};

/**
 * The statement templates by path.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function describeSecretPathAccess(
  scope: IConstruct,
  options: SecretsManagerPathOptions,
): readonly TenantStatement[] {
  const { prefix, access = 'read' } = options;
  return [describeByName(scope, secrets, actionsOf(actions, access), prefix)];
}

/**
 * The statement templates by tag.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access-abac.html
 */
export function describeSecretTagAccess(
  scope: IConstruct,
  options: SecretsManagerTagOptions,
): readonly TenantStatement[] {
  const { tagKey = 'tenant', access = 'read' } = options;
  const kind = { service: 'secretsmanager', resource: 'secret:*', conditionKey: 'secretsmanager:ResourceTag' };
  return [describeTagged(scope, kind, actionsOf(actions, access), tagKey)];
}
