// Access to a tenant's branch of Systems Manager parameters. Owns the list of actions that a path isolates.
// Must never grant DescribeParameters, which takes no resource, nor labels, tags or sharing.
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { describeByName, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.ssmParameterPath`. */
export interface SsmParameterPathOptions {
  /** What stands before the tenant id in the parameter's name; starts and ends with `/`, and no other parameter's name starts with it. */
  readonly prefix: string;
  /**
   * Reading values, putting and deleting them, or both.
   * @default 'read'
   */
  readonly access?: AccessLevel;
}

const actions: LevelActions = {
  read: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
  write: ['ssm:PutParameter', 'ssm:DeleteParameter', 'ssm:DeleteParameters'],
};

const parameters: NamedKind = {
  noun: 'parameter',
  service: 'ssm',
  // GetParametersByPath is decided on the path itself, with or without its last slash, and then reads the whole branch.
  // The branch of `acme` ends at its slash, so that `acme2` is another.
  resource: (name) => [`parameter${name}`, `parameter${name}/*`],
  characters: /^\/[A-Za-z0-9_./-]*$/,
  endings: '/',
  example: '/tenants/',
};

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
 */
export function describeParameterPathAccess(
  scope: IConstruct,
  options: SsmParameterPathOptions,
): readonly TenantStatement[] {
  const { prefix, access = 'read' } = options;
  return [describeByName(scope, parameters, actionsOf(actions, access), prefix)];
}
