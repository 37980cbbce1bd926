// docs/iam-statements.md says every IAM statement of the default template and explains each. Compared with the template itself, so
// that the page cannot fall behind.
import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { TenantAccess } from '../../lib/index.ts';
import { iamStatementsOf } from './iam-statements.ts';
import { addMachineWith, newApp } from './synthesised.ts';

const page = readFileSync(new URL('../../docs/iam-statements.md', import.meta.url), 'utf8');

/** Sections with a statement: the place, the JSON and the words below it. */
const sections = [
  ...page.matchAll(/^## (\d+)\. .+\n\nIn the (.+):\n\n```json\n([\s\S]+?)\n```\n\n([\s\S]+?)\n\n(?=## )/gm),
].map(([, number, where, statement, words]) => ({
  number: Number(number),
  where,
  statement: JSON.parse(statement!) as unknown,
  words: words!,
}));

/** The stack of test/integ/integ.default.ts. */
function defaultStatements(): ReturnType<typeof iamStatementsOf> {
  const stack = new Stack(newApp(), 'TvmIntegDefault');
  const bucket = new Bucket(stack, 'Documents', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
  });
  addMachineWith(stack, TenantAccess.s3Prefix(bucket));
  return iamStatementsOf(Template.fromStack(stack).toJSON());
}

test('the page has every statement of the default template, in its order, and no other', () => {
  expect(sections.map(({ where, statement }) => ({ where, statement }))).toEqual(defaultStatements());
});

test('each is numbered and explained', () => {
  expect(sections.map(({ number }) => number)).toEqual(sections.map((_, index) => index + 1));
  for (const { where, words } of sections) expect([where, words.split(/\s+/).length > 15]).toEqual([where, true]);
});
