// Invoking Bedrock models. A model is shared by all tenants, and this says so: nothing of a tenant is in it.
// With application inference profiles, one per tenant and tagged with it, each tenant's use has its own cost line.
import type { IModel } from 'aws-cdk-lib/aws-bedrock';
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { oneOrMany } from './access-level.ts';
import { arnIn } from './by-name.ts';
import { describeTagged } from './resource-tag.ts';
import type { TenantStatement } from './statement.ts';
import { refuseBlankReason } from './statements.ts';

/** Options of `TenantAccess.bedrockModels`. */
export interface BedrockModelsOptions {
  /** Why all tenants may invoke these models; kept with the statement. */
  readonly reason: string;
  /** The models, each by itself. A profile across Regions needs the model of every one of them. */
  readonly models: readonly IModel[];
  /**
   * Allows the models only through an application inference profile whose tag of this key is the tenant id.
   * @default - the models themselves; AWS's bill then tells tenants apart by the session tag, where that is switched on
   */
  readonly profileTagKey?: string;
}

const actions = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/**
 * The statement templates. Converse and its streaming are these actions too.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
export function describeModelAccess(scope: IConstruct, options: BedrockModelsOptions): readonly TenantStatement[] {
  const { reason, models, profileTagKey } = options;
  refuseBlankReason(reason, scope);
  const arns = models.map(({ modelArn }) => modelArn);
  refuseOddModels(arns, scope);
  const invoke = { Effect: 'Allow' as const, Action: actions, Resource: oneOrMany(arns), shared: reason };
  if (profileTagKey === undefined) return [invoke];
  const resource = 'application-inference-profile/*';
  return [
    describeTagged(scope, { service: 'bedrock', resource, conditionKey: 'aws:ResourceTag' }, actions, profileTagKey),
    // Bedrock asks for the profile and for its model. Which profile is decided above; here, that there is one.
    { ...invoke, Condition: { ArnLike: { 'bedrock:InferenceProfileArn': arnIn(scope, 'bedrock', resource) } } },
  ];
}

function refuseOddModels(arns: readonly string[], scope: IConstruct): void {
  const odd = arns.find((arn) => !Token.isUnresolved(arn) && !arn.startsWith('arn:'));
  const wild = arns.find((arn) => /[*?]|\{\{/.test(arn));
  if (arns.length > 0 && odd === undefined && wild === undefined) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'The models cannot be described',
      got: odd ?? wild ?? 'no model',
      allowed: 'at least one model, each by its own ARN, without wildcard or placeholder',
      fix: 'pass models such as FoundationModel.fromFoundationModelId(…)',
    },
    scope,
  );
}
