// Bedrock models: shared, and said so; with profiles, each tenant through its own alone.
import { Stack } from 'aws-cdk-lib';
import { FoundationModel, FoundationModelIdentifier } from 'aws-cdk-lib/aws-bedrock';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { addMachineWith, decide, newApp, newStack, synthesise } from '../synthesised.ts';
import { each, refusal, walls } from './harness.ts';

describe('bedrockModels', () => {
  const titan = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-express-v1';
  const other = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-lite-v1';
  const profiles = 'arn:aws:bedrock:us-east-1:111122223333';
  const profile = `${profiles}:application-inference-profile/0a1b`;
  const invokes = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];
  const model = (stack: Stack) =>
    FoundationModel.fromFoundationModelId(
      stack,
      'Model',
      new FoundationModelIdentifier('amazon.titan-text-express-v1'),
    );
  const controls = [
    'CreateInferenceProfile',
    'DeleteInferenceProfile',
    'GetInferenceProfile',
    'CreateModelInvocationJob',
    'InvokeAgent',
    'Retrieve',
    'TagResource',
    'UntagResource',
    'PutModelInvocationLoggingConfiguration',
    'CreateProvisionedModelThroughput',
  ].map((name) => `bedrock:${name}`);
  const machine = (profileTagKey?: string) => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    const reason = 'models hold nothing of a tenant';
    const options = { reason, models: [model(stack)], ...(profileTagKey === undefined ? {} : { profileTagKey }) };
    const access = TenantAccess.bedrockModels(stack, options);
    addMachineWith(stack, access);
    return { access, stack, synthesised: synthesise(app) };
  };
  const shared = machine();
  const tagged = machine('tenant');
  const tag = (value: string) => ({ 'aws:ResourceTag/tenant': value });
  const through = { 'bedrock:InferenceProfileArn': profile };

  test('says that the models are shared, and why', () => {
    expect(shared.stack.resolve(shared.access.sessionStatements())).toMatchObject([
      { Action: invokes, shared: 'models hold nothing of a tenant' },
    ]);
    const [own, all] = tagged.access.sessionStatements();
    expect(own).toMatchObject({ Condition: { StringEquals: { 'aws:ResourceTag/tenant': '{{tenant}}' } } });
    expect(own).not.toHaveProperty('shared');
    expect(all).toMatchObject({ shared: 'models hold nothing of a tenant' });
    expect(tagged.access.ceilingStatements('TenantId')[1]).not.toHaveProperty('shared');
  });

  test.each(['a', 'acme', 'acme2'])('every tenant may invoke the model, and only it: %s', (tenant) => {
    for (const wall of walls) {
      for (const call of each(invokes, titan)) {
        expect([wall, decide(shared.synthesised, tenant, call, wall)]).toEqual([wall, 'allowed']);
      }
      const denied = [
        ...each(invokes, other),
        ...each(invokes, titan.replace('us-east-1', 'eu-west-1')),
        ...each(invokes, profile, tag(tenant)),
        ...each(controls, titan),
        ...each(controls, profile, tag(tenant)),
      ];
      for (const call of denied) {
        expect([wall, call, decide(shared.synthesised, tenant, call, wall)]).toEqual([wall, call, 'implicitly-denied']);
      }
    }
  });

  test.each(['a', 'ab', 'acme', 'acme2', 'xacme'])('with profiles, only through the own one: %s', (tenant) => {
    for (const wall of walls) {
      for (const call of [...each(invokes, profile, tag(tenant)), ...each(invokes, titan, through)]) {
        expect([wall, decide(tagged.synthesised, tenant, call, wall)]).toEqual([wall, 'allowed']);
      }
      const denied = [
        ...['', '*', `${tenant}2`, tenant.toUpperCase(), 'globex'].flatMap((value) =>
          each(invokes, profile, tag(value)),
        ),
        ...each(invokes, profile),
        ...each(invokes, profile, { 'aws:RequestTag/tenant': tenant }),
        // The model itself, or through a profile that has no tag of a tenant.
        ...each(invokes, titan),
        ...each(invokes, titan, { 'bedrock:InferenceProfileArn': `${profiles}:inference-profile/us.titan` }),
        ...each(invokes, titan, { 'bedrock:InferenceProfileArn': profile.replace('111122223333', '999999999999') }),
        ...each(invokes, other, through),
        ...each(controls, profile, tag(tenant)),
      ];
      for (const call of denied) {
        expect([wall, call, decide(tagged.synthesised, tenant, call, wall)]).toEqual([wall, call, 'implicitly-denied']);
      }
    }
  });

  const stack = newStack();
  test.each([
    ['no model', []],
    ['a wildcard', [{ modelArn: 'arn:aws:bedrock:*::foundation-model/*' }]],
    ['a placeholder', [{ modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/{{tenant}}' }]],
    ['a model id', [{ modelArn: 'amazon.titan-text-express-v1' }]],
  ])('refuses %s', (_, models) => {
    expect(() => TenantAccess.bedrockModels(stack, { reason: 'a reason', models })).toThrow(refusal());
  });

  test.each(['', ' ', '\n'])('refuses the reason %j', (reason) => {
    expect(() => TenantAccess.bedrockModels(stack, { reason, models: [model(stack)] })).toThrow(refusal());
    expect(() => TenantAccess.shared(reason)).toThrow(/needs a reason/);
  });
});
