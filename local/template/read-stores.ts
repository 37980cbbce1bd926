// The buckets and tables of the templates, with their resource policies; tables as the CreateTable input that makes them.
// Settings that decide nothing locally (encryption, backups, capacity) are left out.
import type { LocalBucket, LocalTable } from '../account.ts';
import type { PolicyDocument } from '../../core/iam/index.ts';
import type { Intrinsics } from './intrinsics.ts';
import type { TemplateStack } from './load-assembly.ts';
import { localPlace } from './place.ts';
import { resourcesOf, toDocument, toList, type ResourceOf } from './read-roles.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseAt } from './refuse.ts';

/** @throws TvmError `misconfigured` */
export function readBuckets(stacks: readonly TemplateStack[], intrinsics: Intrinsics): readonly LocalBucket[] {
  const policies = new Map<string, PolicyDocument>();
  for (const { stack, logicalId, resource } of resourcesOf(stacks, intrinsics, ['AWS::S3::BucketPolicy'])) {
    const malformed = (): Error => refuseAt({ stack: stack.name, logicalId }, 'the bucket policy is malformed');
    const bucket = intrinsics.resolve(resource.properties['Bucket'], stack, logicalId);
    // S3 keeps one policy per bucket; which of two would win depends on the order of the deployment.
    if (typeof bucket !== 'string' || policies.has(bucket)) throw malformed();
    policies.set(
      bucket,
      toDocument(intrinsics.resolve(resource.properties['PolicyDocument'], stack, logicalId), malformed),
    );
  }
  return resourcesOf(stacks, intrinsics, ['AWS::S3::Bucket']).map(({ stack, logicalId }) => {
    const { name, attributes } = intrinsics.identityOf(stack, logicalId);
    const policy = policies.get(name);
    return { name, arn: attributes['Arn'] ?? name, ...(policy === undefined ? {} : { policy }) };
  });
}

/** @throws TvmError `misconfigured` */
export function readTables(stacks: readonly TemplateStack[], intrinsics: Intrinsics): readonly LocalTable[] {
  const types = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
  return resourcesOf(stacks, intrinsics, types).map((table) => {
    const { stack, logicalId, resource } = table;
    const { name, attributes } = intrinsics.identityOf(stack, logicalId);
    const property = (key: string): unknown => intrinsics.resolve(resource.properties[key], stack, logicalId);
    const global = toList(property('GlobalSecondaryIndexes')).map(toIndex);
    const local = toList(property('LocalSecondaryIndexes')).map(toIndex);
    const policy = readTablePolicy(table, intrinsics);
    return {
      name,
      arn: attributes['Arn'] ?? name,
      createTable: {
        TableName: name,
        AttributeDefinitions: property('AttributeDefinitions'),
        KeySchema: property('KeySchema'),
        // Capacity is not emulated.
        BillingMode: 'PAY_PER_REQUEST',
        ...(global.length === 0 ? {} : { GlobalSecondaryIndexes: global }),
        ...(local.length === 0 ? {} : { LocalSecondaryIndexes: local }),
      },
      ...(policy === undefined ? {} : { policy }),
    };
  });
}

/** An index without its capacity settings. */
function toIndex(index: unknown): unknown {
  if (!isRecord(index)) return index;
  const { IndexName, KeySchema, Projection } = index;
  return { IndexName, KeySchema, Projection };
}

/** The table's own policy; of a global table the one of the replica in the local Region, or of the only replica. */
function readTablePolicy(
  { stack, logicalId, resource }: ResourceOf,
  intrinsics: Intrinsics,
): PolicyDocument | undefined {
  const replicas = toList(intrinsics.resolve(resource.properties['Replicas'], stack, logicalId)).filter(isRecord);
  const replica = replicas.find(({ Region: region }) => region === localPlace.region) ?? replicas[0];
  const holder =
    resource.type === 'AWS::DynamoDB::GlobalTable'
      ? replica?.['ResourcePolicy']
      : resource.properties['ResourcePolicy'];
  if (holder === undefined) return undefined;
  const resolved = intrinsics.resolve(holder, stack, logicalId);
  return toDocument(isRecord(resolved) ? resolved['PolicyDocument'] : undefined, () =>
    refuseAt({ stack: stack.name, logicalId }, 'ResourcePolicy is malformed'),
  );
}
