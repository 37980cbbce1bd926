// Access to one tenant's prefix of an S3 bucket: objects below it, and ListBucket under a condition on the prefix.
// Must never grant a bucket control.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import type { AccessLevel } from './access-level.ts';
import { describeKeyViaService } from './kms-via-service.ts';
import { describeObjects, refuseOddKeyPrefix } from './s3-objects.ts';
import type { TenantStatement } from './statement.ts';

/** What the access needs to know of an `IBucket`; the class `Bucket` is one too, also under exactOptionalPropertyTypes. */
export type TenantBucket = IConstruct & {
  readonly bucketArn: string;
  readonly encryptionKey?: IKey | undefined;
};

/** Options of `TenantAccess.s3Prefix`. */
export interface S3PrefixOptions {
  /**
   * What stands before the tenant id in every key; ends with `/`.
   * @default - nothing: keys start with the tenant id
   */
  readonly prefix?: string;
  /**
   * Reading, writing or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid` for a prefix that does not isolate, `TvmKeyNotIsolatable` for a KMS key
 *   that cannot be split between tenants
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function describePrefixAccess(bucket: TenantBucket, options: S3PrefixOptions): readonly TenantStatement[] {
  const { prefix = '', access = 'readWrite' } = options;
  refuseOddKeyPrefix(prefix, bucket);
  const place = { listedArn: bucket.bucketArn, objectArnPrefix: bucket.bucketArn };
  const statements = describeObjects(place, prefix, access);
  return [...statements, ...keyStatements(bucket, statements)];
}

/** With a key of its own per object the encryption context is the object's ARN, which isolates like the object does. */
function keyStatements(bucket: TenantBucket, statements: readonly TenantStatement[]): readonly TenantStatement[] {
  if (bucket.encryptionKey === undefined) return [];
  if (usesBucketKey(bucket) !== false) {
    throw new SynthError(
      'TvmKeyNotIsolatable',
      {
        what: 'The KMS key of the bucket cannot be split between tenants',
        got: 'an S3 Bucket Key, or a bucket of which synth cannot tell: its encryption context is the whole bucket',
        allowed: 'S3-managed encryption, or a KMS key with bucketKeyEnabled: false',
        fix: 'set bucketKeyEnabled: false, or allow kms:Decrypt and kms:GenerateDataKey with TenantAccess.shared and a reason',
      },
      bucket,
    );
  }
  return describeKeyViaService(bucket.encryptionKey, statements);
}

/** Undefined where synth cannot see the bucket's settings. */
function usesBucketKey(bucket: TenantBucket): boolean | undefined {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) return undefined;
  const encryption: unknown = Stack.of(bucket).resolve(resource.bucketEncryption);
  if (typeof encryption !== 'object' || encryption === null) return undefined;
  const { serverSideEncryptionConfiguration: rules } = encryption as { serverSideEncryptionConfiguration?: unknown };
  if (!Array.isArray(rules)) return undefined;
  const settings = rules.map((rule: { bucketKeyEnabled?: unknown }) => rule.bucketKeyEnabled ?? false);
  if (settings.every((setting) => setting === false)) return false;
  return settings.every((setting) => typeof setting === 'boolean') ? true : undefined;
}
