// What synth puts where only the deployment knows the value: a literal of the right form and about the right length,
// different for different values. Never a guess at the real value; whoever reads a rendered policy sees `tvm-` in it.
import { createHash } from 'node:crypto';
import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { DeployTimeValue } from './split-tokens.ts';

/** Where AWS places things, as far as synth knows it. */
interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** How the ARN of a type is made, for types whose ARN is not `arn:…:<service>:…:<name>`. */
interface ArnForm {
  readonly service: string;
  readonly prefix?: string;
  readonly maxLength: number;
  /** The L1 property that names the resource; without one AWS makes an id of `maxLength`. */
  readonly nameProperty?: string;
}

const arnForms: Readonly<Record<string, ArnForm>> = {
  'AWS::S3::Bucket': { service: 's3', maxLength: 63, nameProperty: 'bucketName' },
  'AWS::DynamoDB::Table': { service: 'dynamodb', prefix: 'table/', maxLength: 255, nameProperty: 'tableName' },
  'AWS::DynamoDB::GlobalTable': { service: 'dynamodb', prefix: 'table/', maxLength: 255, nameProperty: 'tableName' },
  'AWS::KMS::Key': { service: 'kms', prefix: 'key/', maxLength: 36 },
  'AWS::IAM::Role': { service: 'iam', prefix: 'role/', maxLength: 64, nameProperty: 'roleName' },
  'AWS::IAM::ManagedPolicy': { service: 'iam', prefix: 'policy/', maxLength: 128, nameProperty: 'managedPolicyName' },
  'AWS::SQS::Queue': { service: 'sqs', maxLength: 80, nameProperty: 'queueName' },
  'AWS::SNS::Topic': { service: 'sns', maxLength: 256, nameProperty: 'topicName' },
  'AWS::Cognito::UserPool': { service: 'cognito-idp', prefix: 'userpool/', maxLength: 24 },
};

/** Ref of these is already an ARN. */
const refIsArn = new Set([
  'AWS::IAM::ManagedPolicy',
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
]);

/**
 * The literal that stands for `value` while synth parses, renders and proves.
 * @param name its reference name: unique in the document, so different values stay different
 * @param isArnExpected true where the value opens a Resource or is a role ARN, and its own type says nothing
 */
export function opaqueLiteral(name: string, value: DeployTimeValue, scope: IConstruct, isArnExpected: boolean): string {
  const place = placeOf(value.reference?.target ?? scope);
  const ref = value.intrinsic?.['Ref'];
  const pseudoName = typeof ref === 'string' ? ref : (value.reference?.displayName ?? '');
  const pseudo = pseudoParameters(place).get(pseudoName);
  if (pseudo !== undefined) return pseudo;
  const target = value.reference?.target;
  if (target !== undefined && CfnResource.isCfnResource(target) && value.reference !== undefined) {
    return resourceLiteral(name, target, value.reference.displayName, place);
  }
  // Of an import or a parameter synth knows nothing but where it stands.
  return isArnExpected
    ? `arn:${place.partition}:iam::${place.account}:role/${opaqueName(name, 64)}`
    : opaqueName(name, 63);
}

/** Whether synth knows what the value is of: a pseudo parameter, or an attribute of a resource of this app. What a parameter or an
 * import will hold is anybody's guess: two of them may even name one thing, or one a part of the other. */
export function isTyped(value: DeployTimeValue, scope: IConstruct): boolean {
  const ref = value.intrinsic?.['Ref'];
  const pseudoName = typeof ref === 'string' ? ref : (value.reference?.displayName ?? '');
  if (pseudoParameters(placeOf(value.reference?.target ?? scope)).has(pseudoName)) return true;
  return value.reference !== undefined && CfnResource.isCfnResource(value.reference.target);
}

function resourceLiteral(name: string, target: CfnResource, attribute: string, place: Place): string {
  const type = target.cfnResourceType;
  const [, vendor = 'unknown'] = type.split('::');
  const form = arnForms[type] ?? { service: vendor.toLowerCase(), maxLength: 128, nameProperty: 'name' };
  const physicalName = opaqueName(name, lengthOf(target, form));
  if (attribute.endsWith('Arn') || (attribute === 'Ref' && refIsArn.has(type))) {
    const isGlobal = form.service === 'iam' || form.service === 's3';
    const region = isGlobal ? '' : place.region;
    const account = form.service === 's3' ? '' : place.account;
    return `arn:${place.partition}:${form.service}:${region}:${account}:${form.prefix ?? ''}${physicalName}`;
  }
  if (type === 'AWS::Cognito::UserPool' && attribute === 'ProviderName') {
    return `cognito-idp.${place.region}.amazonaws.com/${place.region}_${physicalName}`;
  }
  return physicalName;
}

/** The length of the name: as given, else as CloudFormation makes it, of stack, logical id and 14 characters of its own. */
function lengthOf(target: CfnResource, { maxLength, nameProperty }: ArnForm): number {
  if (nameProperty === undefined) return maxLength;
  const given: unknown = Reflect.get(target, nameProperty);
  if (typeof given === 'string' && given !== '' && !Token.isUnresolved(given)) return given.length;
  const { stackName } = Stack.of(target);
  const stackLength = Token.isUnresolved(stackName) ? 40 : stackName.length;
  return Math.min(maxLength, stackLength + Stack.of(target).getLogicalId(target).length + 14);
}

function pseudoParameters({ partition, region, account }: Place): ReadonlyMap<string, string> {
  return new Map([
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::AccountId', account],
    ['AWS::URLSuffix', partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'],
  ]);
}

/** Concrete where the stack names its environment; else the longest there is, so that sizes err on the safe side. */
function placeOf(construct: IConstruct): Place {
  const { partition, region, account } = Stack.of(construct);
  return {
    partition: Token.isUnresolved(partition) ? 'aws-us-gov' : partition,
    region: Token.isUnresolved(region) ? 'ap-southeast-1' : region,
    account: Token.isUnresolved(account) ? '111122223333' : account,
  };
}

/** Begins with a hash of the name: padding and cutting alone would make one literal of two values. A shorter real name
 * counts as twelve characters. */
function opaqueName(name: string, length: number): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `tvm-${hash}-${name.toLowerCase().replaceAll('_', '-')}`.slice(0, Math.max(12, length)).padEnd(length, 'x');
}
