// AwsSolutions of cdk-nag over the example and over a machine across two stacks: clean, with a reason for each exception.
import { Stack, Validations, type App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { DocumentsStack } from '../../examples/documents/documents-stack.ts';
import { PermissionSet, TenantAccess } from '../../lib/index.ts';
import { addMachine, newApp, standInBundle } from './synthesised.ts';

function checked(): App {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

test('the example has no finding', () => {
  const app = checked();
  const stack = new DocumentsStack(app, 'Documents', {
    issuer: 'https://idp.example.com/',
    audience: 'api',
    handlerBundle: standInBundle,
  });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('a machine over resources of another stack has no finding of its own', () => {
  const app = checked();
  const elsewhere = new Stack(app, 'Elsewhere');
  const bucket = new Bucket(elsewhere, 'Data');
  const table = new Table(elsewhere, 'Items', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  Validations.of(elsewhere).acknowledge(
    { id: 'AwsSolutions-S1', reason: 'not what this test is about' },
    { id: 'AwsSolutions-S10', reason: 'not what this test is about' },
    { id: 'AwsSolutions-DDB3', reason: 'not what this test is about' },
  );
  const stack = new Stack(app, 'Machine');
  addMachine(stack, {
    permissionSets: [
      PermissionSet.of(
        'documents',
        TenantAccess.s3Prefix(bucket, { prefix: 't/' }),
        TenantAccess.dynamoDbLeadingKey(table),
      ),
    ],
  });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('a wildcard that no helper wrote is still found', () => {
  const app = checked();
  const stack = new Stack(app, 'Machine');
  const machine = addMachine(stack, {
    permissionSets: [
      PermissionSet.of('documents', TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'Data', 'data'))),
    ],
  });
  machine.function.addToRolePolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
  expect(() => Template.fromStack(stack)).toThrow(/AwsSolutions/);
});
