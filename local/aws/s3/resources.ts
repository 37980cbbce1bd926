// Buckets and objects as IAM resources: their ARNs and the bucket policy that goes with them.
import type { LocalAccount, LocalBucket } from '../../account.ts';
import type { ContextKeys, Need } from '../authorise.ts';

/** Makes the needs of one request. */
export interface S3Resources {
  readonly onObject: (action: string, bucket: string, key: string, context?: ContextKeys) => Need;
  readonly onBucket: (action: string, bucket: string, context?: ContextKeys) => Need;
  /** Actions that take no resource. */
  readonly onAll: (action: string) => Need;
}

/** The needs of a request of this account. `context` is what every need of the request carries. */
export function toS3Resources({ partition, buckets }: LocalAccount, context: ContextKeys): S3Resources {
  const policies = new Map<string, LocalBucket['policy']>(buckets.map(({ name, policy }) => [name, policy]));
  const toNeed = (action: string, bucket: string, path: string, own: ContextKeys = {}): Need => {
    const policy = policies.get(bucket);
    return {
      action,
      resource: `arn:${partition}:s3:::${bucket}${path}`,
      context: { ...context, ...own },
      ...(policy === undefined ? {} : { policy }),
    };
  };
  return {
    onObject: (action, bucket, key, own) => toNeed(action, bucket, `/${key}`, own),
    onBucket: (action, bucket, own) => toNeed(action, bucket, '', own),
    // What AWS itself names in its denial; a literal star, which only a policy's own star matches.
    onAll: (action) => ({ action, resource: `arn:${partition}:s3:::*`, context }),
  };
}
