// Access to a Kinesis data stream of which each tenant has one. A shared stream cannot be split: no condition key knows the
// partition key of a record. Must never grant consumers, resharding or retention.
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { describeByName, dottedNames, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.kinesisStream`. */
export interface KinesisStreamOptions {
  /** What stands before the tenant id in the stream name; ends with `-`, `_` or `.`, and no other stream's name starts with it. */
  readonly prefix: string;
  /**
   * Reading records, putting them, or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

/** What may be done with records. Enhanced fan-out is left out: SubscribeToShard is on a consumer, and registering one is a control. */
export const recordActions: LevelActions = {
  read: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
  write: ['kinesis:PutRecord', 'kinesis:PutRecords'],
};

const streams: NamedKind = {
  ...dottedNames,
  noun: 'stream',
  service: 'kinesis',
  resource: (name) => `stream/${name}`,
  example: 'clicks-',
};

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
 */
export function describeStreamAccess(scope: IConstruct, options: KinesisStreamOptions): readonly TenantStatement[] {
  const { prefix, access = 'readWrite' } = options;
  return [describeByName(scope, streams, actionsOf(recordActions, access), prefix)];
}
