// Access to an S3 bucket of which each tenant has one. Bucket names are the whole world's, so the account is checked too:
// else the bucket of a tenant that has none yet could be somebody else's. Must never grant a bucket control.
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { actionsOf, type AccessLevel } from './access-level.ts';
import { refuseOddPrefix, refuseOneResource, type PrefixRule } from './by-name.ts';
import { objectActions } from './s3-objects.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** Options of `TenantAccess.s3Bucket`. */
export interface S3BucketOptions {
  /** What stands before the tenant id in the bucket name; ends with `-` or `.`, and no other bucket's name starts with it. */
  readonly prefix: string;
  /**
   * Reading, writing or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

const bucketNames: PrefixRule = { characters: /^[a-z0-9.-]*$/, endings: '-.', example: 'my-app-' };

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function describeBucketAccess(scope: IConstruct, options: S3BucketOptions): readonly TenantStatement[] {
  const { prefix, access = 'readWrite' } = options;
  refuseOneResource(scope, 'bucket');
  refuseOddPrefix(prefix, bucketNames, scope);
  const { partition, account } = Stack.of(scope);
  const bucket = `arn:${partition}:s3:::${prefix}${tenantPlaceholder}`;
  const { read, write } = objectActions;
  return [
    {
      Effect: 'Allow',
      Action: actionsOf({ read: [...read, 's3:ListBucket'], write }, access),
      // The slash ends the tenant id, as the end of the name does.
      Resource: access === 'write' ? `${bucket}/*` : [bucket, `${bucket}/*`],
      Condition: { StringEquals: { 's3:ResourceAccount': account } },
    },
  ];
}
