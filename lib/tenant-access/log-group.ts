// Access to a CloudWatch Logs group of which each tenant has one. Must never grant Logs Insights: results are fetched by
// query id alone, and one query can span groups.
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { describeByName, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.logGroup`. */
export interface LogGroupOptions {
  /** What stands before the tenant id in the group name; ends with `/`, `-`, `_`, `.` or `#`, and no other group's name starts with it. */
  readonly prefix: string;
  /**
   * Reading events, writing them, or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

const actions: LevelActions = {
  read: ['logs:GetLogEvents', 'logs:FilterLogEvents', 'logs:DescribeLogStreams'],
  write: ['logs:CreateLogStream', 'logs:PutLogEvents'],
};

const groups: NamedKind = {
  noun: 'log group',
  service: 'logs',
  // The colon ends the tenant id: group names hold none. AWS asks for the group and its streams with what follows it.
  resource: (name) => `log-group:${name}:*`,
  characters: /^[A-Za-z0-9_./#-]*$/,
  endings: '/-_.#',
  example: '/tenants/',
};

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
 */
export function describeLogGroupAccess(scope: IConstruct, options: LogGroupOptions): readonly TenantStatement[] {
  const { prefix, access = 'readWrite' } = options;
  return [describeByName(scope, groups, actionsOf(actions, access), prefix)];
}
