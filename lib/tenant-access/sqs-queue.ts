// Access to an SQS queue of which each tenant has one. A shared queue cannot be split: a message names no tenant.
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { describeByName, plainNames, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.sqsQueue`. */
export interface SqsQueueOptions {
  /** What stands before the tenant id in the queue name; ends with `-` or `_`, and no other queue's name starts with it. */
  readonly prefix: string;
  /**
   * The queues are FIFO queues, whose names end with `.fifo`.
   * @default false
   */
  readonly fifo?: boolean;
  /**
   * Receiving and deleting messages, sending them, or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

/** What may be done with messages. Attributes would show the queue's policy and key, and a purge drops what is still being sent. */
export const messageActions: LevelActions = {
  read: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'],
  write: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
};

const queues: NamedKind = { ...plainNames, noun: 'queue', service: 'sqs', resource: (name) => name };

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
export function describeQueueAccess(scope: IConstruct, options: SqsQueueOptions): readonly TenantStatement[] {
  const { prefix, fifo = false, access = 'readWrite' } = options;
  return [describeByName(scope, queues, actionsOf(messageActions, access), prefix, fifo ? '.fifo' : '')];
}
