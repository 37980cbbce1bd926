// docs/permission-sets.md has one line for every helper, and the sizes it states are measured here.
import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { FoundationModel, FoundationModelIdentifier } from 'aws-cdk-lib/aws-bedrock';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, CfnAccessPoint } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { renderSessionPolicy } from '../../../core/index.ts';
import { TenantAccess } from '../../../lib/index.ts';
import { addMachineWith, newApp, synthesise } from '../synthesised.ts';

const page = readFileSync(new URL('../../../docs/permission-sets.md', import.meta.url), 'utf8');
const lines = [...page.matchAll(/^\| `(\w+)` \|.*\| (\d+|–) \|$/gm)].map(([, name, size]) => [name!, size!] as const);

/** Every helper with the options of its example in the page. */
const examples: Readonly<Record<string, (stack: Stack) => TenantAccess>> = {
  s3Prefix: (stack) => TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'Data', 'data'), { prefix: 'tenants/' }),
  s3Bucket: (stack) => TenantAccess.s3Bucket(stack, { prefix: 'my-app-' }),
  s3AccessPoint: (stack) =>
    TenantAccess.s3AccessPoint(CfnAccessPoint.fromAccessPointName(stack, 'Point', 'data'), { prefix: 'tenants/' }),
  dynamoDbLeadingKey: (stack) => TenantAccess.dynamoDbLeadingKey(Table.fromTableName(stack, 'Items', 'items')),
  dynamoDbTable: (stack) => TenantAccess.dynamoDbTable(stack, { prefix: 'items-' }),
  secretsManagerPath: (stack) => TenantAccess.secretsManagerPath(stack, { prefix: 'tenants/' }),
  secretsManagerTag: (stack) => TenantAccess.secretsManagerTag(stack),
  ssmParameterPath: (stack) => TenantAccess.ssmParameterPath(stack, { prefix: '/tenants/' }),
  kmsEncryptionContext: (stack) => TenantAccess.kmsEncryptionContext(keyIn(stack)),
  kmsViaService: (stack) =>
    TenantAccess.kmsViaService(keyIn(stack), TenantAccess.sqsQueue(stack, { prefix: 'orders-' })),
  sqsQueue: (stack) => TenantAccess.sqsQueue(stack, { prefix: 'orders-' }),
  snsTopic: (stack) => TenantAccess.snsTopic(stack, { prefix: 'alerts-' }),
  eventBus: (stack) => TenantAccess.eventBus(stack, { prefix: 'tenant-' }),
  kinesisStream: (stack) => TenantAccess.kinesisStream(stack, { prefix: 'clicks-' }),
  lambdaFunction: (stack) => TenantAccess.lambdaFunction(stack, { prefix: 'report-' }),
  executeApiPath: (stack) =>
    TenantAccess.executeApiPath(RestApi.fromRestApiId(stack, 'Api', 'a1b2c3d4e5'), {
      stage: 'prod',
      prefix: 'tenants/',
    }),
  logGroup: (stack) => TenantAccess.logGroup(stack, { prefix: '/tenants/' }),
  bedrockModels: (stack) => {
    const id = new FoundationModelIdentifier('amazon.nova-lite-v1:0');
    const models = [FoundationModel.fromFoundationModelId(stack, 'Model', id)];
    return TenantAccess.bedrockModels(stack, { reason: 'a model holds nothing of a tenant', models });
  },
  resourceTag: (stack) => TenantAccess.resourceTag(stack, { service: 'sqs' }),
};

const keyIn = (stack: Stack) =>
  Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000');

/** What the access adds to a session policy for a tenant id of 63 characters, with the comma before the next statement. */
function sizeOf(access: (stack: Stack) => TenantAccess): { readonly added: number; readonly frame: number } {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  addMachineWith(stack, access(stack));
  const values = { tenant: 'w'.repeat(63), subject: 'alice' };
  const { document, characters } = renderSessionPolicy(synthesise(app).config, 'documents', values);
  const statements = [document.Statement].flat().slice(0, -1);
  const added = statements.reduce((sum, statement) => sum + JSON.stringify(statement).length + 1, 0);
  return { added, frame: characters - added };
}

test('the table names every helper of TenantAccess, once', () => {
  const helpers = Object.getOwnPropertyNames(TenantAccess).filter(
    (name) => !['length', 'name', 'prototype'].includes(name),
  );
  expect(lines.map(([name]) => name)).toEqual(helpers);
  expect(Object.keys(examples)).toEqual(helpers.filter((name) => name !== 'statements' && name !== 'shared'));
});

test.each(helpersWithSections())('%s has a section of its own', (name) => {
  expect(page).toContain(`\n### \`${name}\`\n`);
});

test.each(Object.entries(examples))('the size of %s is the one in the table', (name, access) => {
  expect([name, sizeOf(access).added]).toEqual([name, Number(lines.find(([one]) => one === name)?.[1])]);
});

test('the size of the rest of every session policy is the one in the page', () => {
  expect(page).toContain(`${sizeOf(examples['snsTopic']!).frame} characters`);
});

function helpersWithSections(): readonly string[] {
  return [...Object.keys(examples), 'statements', 'shared'];
}
