// The stand-ins of deploy-time values: of the right form, never equal for different values.
import { Aws, Fn } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deliverConfiguration } from '../../../lib/configuration/deliver.ts';
import { opaqueLiteral } from '../../../lib/configuration/opaque-literal.ts';
import { newStack } from '../synthesised.ts';

const stack = newStack({}, 'Test');
const china = newStack({ env: { account: '999999999999', region: 'cn-north-1' } }, 'China');

const valueOf = (token: string, scope = stack) => [...deliverConfiguration(token, scope).values.values()][0]!;

test.each<[string, string, RegExp]>([
  ['a bucket', new Bucket(stack, 'Data').bucketArn, /^arn:aws-us-gov:s3:::tvm-[a-z0-9-]{1,59}$/],
  ['a bucket in China', new Bucket(china, 'Data').bucketArn, /^arn:aws-cn:s3:::tvm-/],
  [
    'a table',
    new Table(stack, 'Items', { partitionKey: { name: 'pk', type: AttributeType.STRING } }).tableArn,
    /^arn:aws-us-gov:dynamodb:ap-southeast-1:111122223333:table\/tvm-/,
  ],
  ['a queue', new Queue(china, 'Jobs').queueArn, /^arn:aws-cn:sqs:cn-north-1:999999999999:tvm-/],
  ['a topic, whose Ref is its ARN', new Topic(stack, 'News').topicArn, /^arn:aws-us-gov:sns:/],
  ['a key', new Key(stack, 'Key').keyArn, /^arn:aws-us-gov:kms:ap-southeast-1:111122223333:key\/tvm-.{32}$/],
  ['a name', new Bucket(stack, 'Named').bucketName, /^tvm-[a-z0-9-]+$/],
  ['the Region', Aws.REGION, /^ap-southeast-1$/],
  ['the account', Aws.ACCOUNT_ID, /^111122223333$/],
  ['the partition', Aws.PARTITION, /^aws-us-gov$/],
  ['an import', Fn.importValue('x'), /^tvm-/],
])('%s', (_, token, form) => {
  expect(opaqueLiteral('NAME', valueOf(token), stack, false)).toMatch(form);
});

test.each([
  ['a long name', 'x'.repeat(60), 60],
  ['a short name', 'data', 12],
])('%s that is given counts as long as it is', (_, bucketName, length) => {
  const { bucketArn } = new Bucket(newStack(), 'Data', { bucketName });
  const literal = opaqueLiteral('NAME', valueOf(bucketArn), stack, false);
  expect(literal.slice('arn:aws-us-gov:s3:::'.length)).toHaveLength(length);
});

test('an import is an ARN where one is expected', () => {
  expect(opaqueLiteral('NAME', valueOf(Fn.importValue('x')), stack, true)).toMatch(
    /^arn:aws-us-gov:iam::\d{12}:role\/tvm-/,
  );
});

test('different names give different literals of one length, whatever is padded or cut', () => {
  const name = fc
    .string({ unit: fc.constantFrom('A', 'X', '_', '2'), minLength: 1, maxLength: 60 })
    .map((text) => `A${text}`);
  const key = valueOf(new Key(stack, 'Other').keyArn);
  fc.assert(
    fc.property(name, name, (one, two) => {
      fc.pre(one !== two);
      const [first, second] = [one, two].map((each) => opaqueLiteral(each, key, stack, false));
      expect(first).not.toBe(second);
      expect(first).toHaveLength(second!.length);
    }),
  );
});
