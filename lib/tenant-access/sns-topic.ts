// Publishing to an SNS topic of which each tenant has one. A shared topic cannot be split: sns:Publish carries no key of
// its message. Must never grant Subscribe, which sends a topic's messages to an endpoint of the caller's choice.
import type { IConstruct } from 'constructs';
import { describeByName, plainNames, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.snsTopic`. */
export interface SnsTopicOptions {
  /** What stands before the tenant id in the topic name; ends with `-` or `_`, and no other topic's name starts with it. */
  readonly prefix: string;
  /**
   * The topics are FIFO topics, whose names end with `.fifo`.
   * @default false
   */
  readonly fifo?: boolean;
}

const topics: NamedKind = {
  ...plainNames,
  noun: 'topic',
  service: 'sns',
  resource: (name) => name,
  example: 'alerts-',
};

/**
 * The statement templates; `sns:Publish` covers PublishBatch.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
 */
export function describeTopicAccess(scope: IConstruct, options: SnsTopicOptions): readonly TenantStatement[] {
  const { prefix, fifo = false } = options;
  return [describeByName(scope, topics, 'sns:Publish', prefix, fifo ? '.fifo' : '')];
}
