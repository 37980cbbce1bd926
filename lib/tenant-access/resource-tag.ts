// Access to resources whose tag is the tenant. Owns the closed list of services whose data actions carry aws:ResourceTag.
// Must never grant an action that writes tags, creates a tagged resource or sets a resource policy: who can write the tag
// can take the resource.
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { arnIn } from './by-name.ts';
import { itemActions } from './dynamo-db-items.ts';
import { recordActions } from './kinesis-stream.ts';
import { cryptographicActions } from './kms-encryption-context.ts';
import { messageActions } from './sqs-queue.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** The services that `TenantAccess.resourceTag` knows. */
export type TaggedService = 'dynamodb' | 'kinesis' | 'kms' | 'lambda' | 'sqs' | 'ssm' | 'states';

/** Options of `TenantAccess.resourceTag`. */
export interface ResourceTagOptions {
  /** The service; its resources in the account and Region of the stack are meant. */
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

/** Resources that are told apart by a tag. */
export interface TaggedKind {
  readonly service: string;
  /** What follows the account in the ARN. */
  readonly resource: string;
  /** The condition key, without the tag's own key. */
  readonly conditionKey: string;
}

const nothing: readonly string[] = [];

const taggedServices: Readonly<Record<TaggedService, { readonly resource: string; readonly actions: LevelActions }>> = {
  dynamodb: { resource: 'table/*', actions: itemActions },
  kinesis: { resource: 'stream/*', actions: recordActions },
  kms: { resource: 'key/*', actions: cryptographicActions },
  lambda: { resource: 'function:*', actions: { read: nothing, write: ['lambda:InvokeFunction'] } },
  sqs: { resource: '*', actions: messageActions },
  // GetParametersByPath and PutParameter do not carry the tag of the parameter.
  ssm: { resource: 'parameter/*', actions: { read: ['ssm:GetParameter', 'ssm:GetParameters'], write: nothing } },
  states: { resource: 'stateMachine:*', actions: { read: nothing, write: ['states:StartExecution'] } },
};

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid` for an odd tag key or a service that has no such access by tag
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html
 */
export function describeResourceTagAccess(scope: IConstruct, options: ResourceTagOptions): readonly TenantStatement[] {
  const { service, tagKey = 'tenant', access = 'readWrite' } = options;
  const { resource, actions } = taggedServices[service];
  const granted = actionsOf(actions, access);
  if (granted.length === 0) {
    throw new SynthError(
      'TvmTenantAccessInvalid',
      {
        what: `No ${access} action of ${service} carries the tag of its resource`,
        got: `access '${access}'`,
        allowed: `access '${access === 'read' ? 'write' : 'read'}'`,
        fix: 'choose the other level, or describe the access by name or path',
      },
      scope,
    );
  }
  return [describeTagged(scope, { service, resource, conditionKey: 'aws:ResourceTag' }, granted, tagKey)];
}

/**
 * One statement over all resources of a kind, under the tag. An untagged resource has no such key: StringEquals is false.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function describeTagged(
  scope: IConstruct,
  kind: TaggedKind,
  actions: string | readonly string[],
  tagKey: string,
): TenantStatement {
  refuseOddTagKey(tagKey, scope);
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: arnIn(scope, kind.service, kind.resource),
    Condition: { StringEquals: { [`${kind.conditionKey}/${tagKey}`]: tenantPlaceholder } },
  };
}

/** @throws SynthError `TvmTenantAccessInvalid` */
function refuseOddTagKey(tagKey: string, scope: IConstruct): void {
  if (/^(?!aws:)[A-Za-z0-9_.:/=+@-]{1,128}$/i.test(tagKey)) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'The tag key cannot be used',
      got: JSON.stringify(tagKey),
      allowed: '1 to 128 of A-Z a-z 0-9 _ . : / = + @ -, not starting with aws:',
      fix: 'write it like "tenant"',
    },
    scope,
  );
}
