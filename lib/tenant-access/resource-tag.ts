// Access to resources whose tag is the tenant. Owns the closed list of services whose data actions carry aws:ResourceTag.
// Must never grant an action that writes tags, creates a tagged resource or sets a resource policy: who can write the tag
// can take the resource.
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { arnIn } from './by-name.ts';
import { itemActions } from './dynamo-db-items.ts';
import { contextActions } from './kms-encryption-context.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** The services that `TenantAccess.resourceTag` knows. */
export type TaggedService = 'dynamodb' | 'kinesis' | 'kms' | 'lambda' | 'sqs' | 'ssm' | 'states';

/** Options of `TenantAccess.resourceTag`. */
export interface ResourceTagOptions {
  /** The service; its resources of this stack's account and Region are meant. */
  readonly service: TaggedService;
  /**
   * The tag whose value is the tenant id.
   * @default 'tenant'
   */
  readonly tagKey?: string;
  /**
   * Reading, writing or both. Invoking a function and starting an execution are writing.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

/** Resources that are told apart by their tag. */
export interface TaggedKind {
  readonly service: string;
  /** What follows the account in the ARN. */
  readonly resource: string;
  readonly conditionKey: string;
}

const tagged: Readonly<Record<TaggedService, { readonly resource: string; readonly actions: LevelActions }>> = {
  dynamodb: { resource: 'table/*', actions: itemActions },
  kinesis: {
    resource: 'stream/*',
    actions: {
      read: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
      write: ['kinesis:PutRecord', 'kinesis:PutRecords'],
    },
  },
  kms: { resource: 'key/*', actions: contextActions },
  lambda: { resource: 'function:*', actions: { read: [], write: ['lambda:InvokeFunction'] } },
  sqs: {
    resource: '*',
    actions: {
      read: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'],
      write: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
    },
  },
  // GetParametersByPath and PutParameter do not carry the tag of a parameter.
  ssm: {
    resource: 'parameter/*',
    actions: {
      read: ['ssm:GetParameter', 'ssm:GetParameters'],
      write: ['ssm:DeleteParameter', 'ssm:DeleteParameters'],
    },
  },
  states: { resource: 'stateMachine:*', actions: { read: [], write: ['states:StartExecution'] } },
};
