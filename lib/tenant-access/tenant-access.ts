// What a tenant may do with one resource, said once. A TenantAccess yields the session policy's statement templates and
// the ceiling on the tenant access role; the ceiling is derived, so the two walls cannot drift apart.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describeLeadingKeyAccess, type DynamoDbLeadingKeyOptions, type TenantTable } from './dynamo-db-leading-key.ts';
import { describePrefixAccess, type S3PrefixOptions, type TenantBucket } from './s3-prefix.ts';
import { toCeilingStatement, type TenantStatement } from './statement.ts';
import { describeStatements } from './statements.ts';

/**
 * One description of access, bound to both walls.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export class TenantAccess {
  readonly #statements: readonly TenantStatement[];

  private constructor(statements: readonly TenantStatement[]) {
    this.#statements = statements;
  }

  /** Objects below `<prefix><tenant>/` of a bucket, and listing them. No bucket controls, tags, ACLs or versions. */
  static s3Prefix(bucket: TenantBucket, options: S3PrefixOptions = {}): TenantAccess {
    return new TenantAccess(describePrefixAccess(bucket, options));
  }

  /** Items whose partition key is the tenant's. No Scan, no PartiQL, no streams, no table controls. */
  static dynamoDbLeadingKey(table: TenantTable, options: DynamoDbLeadingKeyOptions = {}): TenantAccess {
    return new TenantAccess(describeLeadingKeyAccess(table, options));
  }

  /** Statements of your own; write `{{tenant}}` where the tenant id goes. Synth proves them like any other. */
  static statements(...statements: readonly PolicyStatement[]): TenantAccess {
    return new TenantAccess(describeStatements(statements));
  }

  /** Statements that every tenant has alike, such as reading a public price list; the reason is kept with them. */
  static shared(reason: string, ...statements: readonly PolicyStatement[]): TenantAccess {
    return new TenantAccess(describeStatements(statements, reason));
  }

  /** Wall one: the session policy's templates, with `{{tenant}}` and CDK tokens. */
  sessionStatements(): readonly TenantStatement[] {
    return this.#statements;
  }

  /** Wall two: the same statements on the session's tenant tag, for the tenant access role's own policy. */
  ceilingStatements(tenantTagKey: string): readonly Record<string, unknown>[] {
    return this.#statements.map((statement) => toCeilingStatement(statement, tenantTagKey));
  }
}
