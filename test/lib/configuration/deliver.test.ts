// How tokens reach the function: what is split, what is refused, and that the function's own reader puts it together again.
import { Aws, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillReferences, variableOf } from '../../../core/index.ts';
import { deliverConfiguration } from '../../../lib/configuration/deliver.ts';
import { newApp, newStack } from '../synthesised.ts';

const app = newApp();
const stack = new Stack(app, 'Test');
const bucket = new Bucket(stack, 'Data');
const queue = new Queue(stack, 'Jobs');
const elsewhere = new Bucket(new Stack(app, 'Elsewhere'), 'Shared');

const deliver = (document: unknown) => deliverConfiguration(document, stack);
const resolvedEnvironment = (delivery: ReturnType<typeof deliver>): Record<string, unknown> =>
  Object.fromEntries([...delivery.values].map(([name, { token }]) => [name, stack.resolve(token)]));

describe('what is delivered', () => {
  test.each<[string, unknown, unknown, Record<string, unknown>]>([
    ['plain text stays', 'tenants/{{tenant}}/*', 'tenants/{{tenant}}/*', {}],
    ['an empty string stays', '', '', {}],
    ['numbers, booleans and null stay', [1, true, null], [1, true, null], {}],
    ['members that are undefined go', { a: undefined, b: 'x' }, { b: 'x' }, {}],
    [
      'a lone token is a reference',
      bucket.bucketArn,
      { $ref: 'DATA_ARN' },
      { DATA_ARN: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } },
    ],
    [
      'a concatenation is a join with its placeholder outside',
      bucket.arnForObjects('{{tenant}}/*'),
      { $join: [{ $ref: 'DATA_ARN' }, '/{{tenant}}/*'] },
      { DATA_ARN: expect.anything() },
    ],
    [
      'Fn::join is opened, delimiters included',
      Fn.join('/', [bucket.bucketArn, 'a', Fn.join('-', ['{{tenant}}', queue.queueName])]),
      { $join: [{ $ref: 'DATA_ARN' }, '/a/{{tenant}}-', { $ref: 'JOBS_QUEUE_NAME' }] },
      { DATA_ARN: expect.anything(), JOBS_QUEUE_NAME: expect.anything() },
    ],
    [
      'an import inside Fn::join keeps its placeholder outside the import',
      Fn.join('', [Fn.importValue('data-arn'), '/{{tenant}}/*']),
      { $join: [{ $ref: 'DATA_ARN' }, '/{{tenant}}/*'] },
      { DATA_ARN: { 'Fn::ImportValue': 'data-arn' } },
    ],
    [
      'pseudo parameters have their own names',
      `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/x-${Aws.REGION}`,
      { $join: ['arn:', { $ref: 'PARTITION' }, ':iam::', { $ref: 'ACCOUNT_ID' }, ':role/x-', { $ref: 'REGION' }] },
      { PARTITION: { Ref: 'AWS::Partition' }, ACCOUNT_ID: { Ref: 'AWS::AccountId' }, REGION: { Ref: 'AWS::Region' } },
    ],
    [
      'equal tokens share a variable, whatever wraps them',
      [bucket.bucketArn, `${bucket.bucketArn}/x`, Fn.join('', [bucket.bucketArn, '/y'])],
      [{ $ref: 'DATA_ARN' }, { $join: [{ $ref: 'DATA_ARN' }, '/x'] }, { $join: [{ $ref: 'DATA_ARN' }, '/y'] }],
      { DATA_ARN: expect.anything() },
    ],
    [
      'a lazy string is opened',
      Lazy.string({ produce: () => `${bucket.bucketArn}/{{tenant}}` }),
      { $join: [{ $ref: 'DATA_ARN' }, '/{{tenant}}'] },
      { DATA_ARN: expect.anything() },
    ],
    [
      'an intrinsic that cannot be opened is one value, with its attributes inside',
      Fn.select(5, Fn.split(':', bucket.bucketArn)),
      { $ref: 'VALUE' },
      { VALUE: { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': [expect.any(String), 'Arn'] }] }] } },
    ],
  ])('%s', (_, document, expected, environment) => {
    const delivery = deliver(document);
    expect(delivery.document).toEqual(expected);
    expect(resolvedEnvironment(delivery)).toEqual(environment);
  });

  test('two values that would have one name are told apart', () => {
    const other = new Stack(newApp(), 'Test');
    const delivery = deliverConfiguration([Fn.importValue('a-b'), Fn.importValue('a_b'), Fn.importValue('a.b')], other);
    expect([...delivery.values.keys()]).toEqual(['A_B', 'A_B_2', 'A_B_3']);
  });

  test('an attribute of another stack stays a token, so that CDK makes the cross-stack reference', () => {
    const delivery = deliver(`${elsewhere.bucketArn}/x`);
    expect([...delivery.values.keys()]).toEqual(['SHARED_ARN']);
    expect(delivery.values.get('SHARED_ARN')?.reference?.target).toBe(elsewhere.node.defaultChild);
  });

  test('every name is one that the function accepts', () => {
    const odd = new Queue(stack, '9 ünïcode/queue.name');
    const [name] = [...deliver(odd.queueArn).values.keys()];
    expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
  });
});

describe('what is refused, by stable name', () => {
  test.each<[string, unknown, RegExp]>([
    ['a token in a key', { [bucket.bucketName]: 'x' }, /object key/],
    ['a member that would read as a reference', { $ref: 'X' }, /\$ref/],
    [
      'a number token',
      { durationSeconds: Token.asNumber({ Ref: 'Seconds' }) },
      /number that only the deployment knows/,
    ],
    ['a list token', { audiences: Fn.split(',', Fn.importValue('audiences')) }, /list that only the deployment knows/],
    ['a placeholder inside an import', Fn.importValue('{{tenant}}-arn'), /placeholder inside the intrinsic/],
    [
      'a placeholder inside Fn::Sub',
      Fn.sub('arn:${AWS::Partition}:s3:::b/{{tenant}}'),
      /placeholder inside the intrinsic/,
    ],
    [
      'a placeholder inside Fn::Select',
      Fn.select(0, Fn.split(',', Fn.join('', ['{{tenant}}', bucket.bucketArn]))),
      /placeholder inside the intrinsic/,
    ],
    ['a token in lower case', bucket.bucketName.toLowerCase(), /\{token/],
    ['a token that was encoded', encodeURIComponent(bucket.bucketArn), /%7BToken/],
    ['a token that was cut', bucket.bucketArn.slice(0, -1), /\{Token/],
    ['a list marker in a string', String(Fn.split(',', bucket.bucketArn)).slice(0, -1), /#\{Token/],
    ['a function', { a: () => 1 }, /function/],
    ['a token that resolves to nothing', Lazy.string({ produce: () => undefined }), /resolves to undefined/],
  ])('%s', (_, document, message) => {
    expect(() => deliver(document)).toThrow(expect.objectContaining({ name: 'TvmConfigurationToken' }) as Error);
    expect(() => deliver(document)).toThrow(message);
  });
});

describe('for any document', () => {
  const tokens = [bucket.bucketArn, queue.queueArn, Aws.REGION, Fn.importValue('x')];
  const valueOf = (name: string): string => `value-of-${name.toLowerCase()}`;
  const text = fc.string({ unit: fc.constantFrom('a', '/', ':', '{{tenant}}', '*', '$', '{', '"', 'é') });
  const piece = fc.oneof(
    text.map((value) => ({ token: value, plain: value })),
    fc.nat(tokens.length - 1).map((index) => ({ token: tokens[index]!, plain: `<${index}>` })),
  );
  const concatenation = fc.array(piece, { maxLength: 6 });

  test('the function fills in exactly what synth took out', () => {
    const plain = new Map(
      tokens.map((token, index) => {
        const [name] = [...deliver(token).values.keys()];
        return [`<${index}>`, valueOf(name!)];
      }),
    );
    fc.assert(
      fc.property(concatenation, fc.boolean(), (pieces, isJoin) => {
        const texts = pieces.map(({ token }) => token);
        const description = isJoin ? Fn.join('', ['x', ...texts]) : `x${texts.join('')}`;
        const expected = `x${pieces.map(({ plain: one }) => plain.get(one) ?? one).join('')}`;
        const delivery = deliver({ description });
        const environment = Object.fromEntries(
          [...delivery.values.keys()].map((name) => [variableOf(name), valueOf(name)]),
        );
        expect(fillReferences(JSON.parse(JSON.stringify(delivery.document)), environment)).toEqual({
          description: expected,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('no token marker is left in what is shipped, and no placeholder in a variable', () => {
    fc.assert(
      fc.property(concatenation, (pieces) => {
        const delivery = deliver(pieces.map(({ token }) => token).join(''));
        expect(JSON.stringify(delivery.document)).not.toMatch(/Token\[/);
        expect(JSON.stringify(resolvedEnvironment(delivery))).not.toContain('{{');
      }),
      { numRuns: 100 },
    );
  });
});

test('the document of one stack can be delivered again, with the same names', () => {
  const document = { a: bucket.bucketArn, b: [`${queue.queueArn}:{{tenant}}`, Aws.REGION] };
  expect(deliver(document).document).toEqual(deliver(document).document);
  expect(deliverConfiguration('x', newStack()).values.size).toBe(0);
});
