// What local AWS knows of one account: the roles, buckets and tables that the synthesised template declares,
// with the policies that decide every call. Plain data; nothing here is executed.
import type { PolicyDocument } from '../core/iam/index.ts';

/** An IAM role of the template. `policies` are its inline and managed policy documents; `trust` is its trust policy. */
export interface LocalRole {
  readonly arn: string;
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  /** Role tags; session tags of the same key win over them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Seconds; STS refuses a longer DurationSeconds. */
  readonly maxSessionSeconds: number;
}

/** An S3 bucket of the template, with its bucket policy where it has one. */
export interface LocalBucket {
  readonly name: string;
  readonly arn: string;
  readonly policy?: PolicyDocument;
}

/** A DynamoDB table of the template. `createTable` is the CreateTable input (KeySchema, AttributeDefinitions, indexes). */
export interface LocalTable {
  readonly name: string;
  readonly arn: string;
  readonly createTable: Readonly<Record<string, unknown>>;
  readonly policy?: PolicyDocument;
}

/** One account in one Region, as read from the template. */
export interface LocalAccount {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  readonly roles: readonly LocalRole[];
  readonly buckets: readonly LocalBucket[];
  readonly tables: readonly LocalTable[];
  /** Managed policies by ARN, which may be session policies by reference. */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument>>;
}
