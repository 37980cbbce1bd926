// What the integ apps have in common: an app under review of cdk-nag, an account to name, and a bucket of tenants' documents.
// Each integ.*.ts is a CDK app of its own: it synthesises with no account, and deploys with one.
import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { App, RemovalPolicy, Validations, type Environment } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TokenIssuer } from '../../lib/index.ts';

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** An app with the flags of cdk.json that cdk-nag reviews. */
export function reviewedApp(): App {
  const app = new App({ postCliContext: cdkJson.context, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** The account and Region of the credentials at hand, or the ones of the documentation. */
export function environment(region?: string): Required<Environment> {
  return {
    account: process.env['CDK_DEFAULT_ACCOUNT'] ?? '111122223333',
    region: region ?? process.env['CDK_DEFAULT_REGION'] ?? 'us-east-1',
  };
}

/** A context value (`-c name=value`), or a placeholder that synthesises and does not deploy. */
export function setting(app: App, name: string, placeholder: string): string {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' ? value : placeholder;
}

/** One issuer; `-c issuer=… -c audience=…` for a deployment. */
export function issuers(app: App): readonly TokenIssuer[] {
  const issuer = setting(app, 'issuer', 'https://idp.example.com/');
  return [TokenIssuer.oidc(issuer, { audiences: [setting(app, 'audience', 'api')] })];
}

/** A bucket with keys `<tenant>/…`. */
export function documentsBucket(stack: Stack, bucketName?: string): Bucket {
  const bucket = new Bucket(stack, 'Documents', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(bucketName === undefined ? {} : { bucketName }),
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'A bucket of a test; CloudTrail data events name each tenant session',
  });
  return bucket;
}
