// What Ref and Fn::GetAtt give for a resource of a template: deterministic names and the ARNs made of them.
// A type or attribute that is not here is not guessed.
import { createHash } from 'node:crypto';
import { localPlace } from './place.ts';

const { partition, region, accountId, urlSuffix } = localPlace;

/** How one type is named: the property that may name it, the longest name, and what its name and attributes are. */
interface ResourceKind {
  readonly nameProperty?: string;
  readonly maxLength: number;
  readonly lowerCase?: boolean;
  /** What Ref gives; the name where it is absent. */
  readonly ref?: (name: string) => string;
  readonly attributes: Readonly<Record<string, (name: string) => string>>;
}

const regional = (service: string, resource: (name: string) => string) => (name: string) =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource(name)}`;
const same = (name: string): string => name;

const lambdaArn = regional('lambda', (name) => `function:${name}`);
const topicArn = regional('sns', same);
const secretArn = regional('secretsmanager', (name) => `secret:${name}-AbCdEf`);
const queueUrl = (name: string): string => `https://sqs.${region}.${urlSuffix}/${accountId}/${name}`;
const userPoolHost = (name: string): string => `cognito-idp.${region}.${urlSuffix}/${name}`;

const kinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    maxLength: 63,
    lowerCase: true,
    attributes: {
      Arn: (name) => `arn:${partition}:s3:::${name}`,
      DomainName: (name) => `${name}.s3.${urlSuffix}`,
      RegionalDomainName: (name) => `${name}.s3.${region}.${urlSuffix}`,
    },
  },
  'AWS::DynamoDB::Table': tableKind(),
  'AWS::DynamoDB::GlobalTable': tableKind(),
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', maxLength: 64, attributes: { Arn: lambdaArn } },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    maxLength: 512,
    attributes: { Arn: regional('logs', (name) => `log-group:${name}:*`) },
  },
  'AWS::KMS::Key': {
    maxLength: 36,
    ref: keyId,
    attributes: { Arn: regional('kms', (name) => `key/${keyId(name)}`), KeyId: keyId },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    maxLength: 80,
    ref: queueUrl,
    attributes: { Arn: regional('sqs', same), QueueName: same, QueueUrl: queueUrl },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    maxLength: 256,
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: same },
  },
  'AWS::SecretsManager::Secret': { nameProperty: 'Name', maxLength: 64, ref: secretArn, attributes: { Id: secretArn } },
  'AWS::Cognito::UserPool': {
    maxLength: 55,
    ref: userPoolId,
    attributes: {
      Arn: regional('cognito-idp', (name) => `userpool/${userPoolId(name)}`),
      ProviderName: (name) => userPoolHost(userPoolId(name)),
      ProviderURL: (name) => `https://${userPoolHost(userPoolId(name))}`,
      UserPoolId: userPoolId,
    },
  },
  'AWS::Cognito::UserPoolClient': { maxLength: 128, ref: shortId, attributes: { ClientId: shortId } },
  'AWS::ApiGatewayV2::Api': {
    maxLength: 128,
    ref: shortId,
    attributes: {
      ApiId: shortId,
      ApiEndpoint: (name) => `https://${shortId(name)}.execute-api.${region}.${urlSuffix}`,
    },
  },
  'AWS::ApiGateway::RestApi': {
    maxLength: 128,
    ref: shortId,
    attributes: { RestApiId: shortId, RootResourceId: (name) => shortId(`${name}/`) },
  },
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    maxLength: 256,
    attributes: { Arn: regional('events', (name) => `event-bus/${name}`), Name: same },
  },
  'AWS::Kinesis::Stream': {
    nameProperty: 'Name',
    maxLength: 128,
    attributes: { Arn: regional('kinesis', (name) => `stream/${name}`) },
  },
  'AWS::SSM::Parameter': { nameProperty: 'Name', maxLength: 1011, attributes: {} },
  'AWS::EC2::VPC': {
    maxLength: 128,
    ref: ec2Id('vpc'),
    attributes: { VpcId: ec2Id('vpc'), DefaultSecurityGroup: (name) => ec2Id('sg')(`${name}/default`) },
  },
  'AWS::EC2::Subnet': { maxLength: 128, ref: ec2Id('subnet'), attributes: { SubnetId: ec2Id('subnet') } },
  'AWS::EC2::SecurityGroup': {
    maxLength: 128,
    ref: ec2Id('sg'),
    attributes: { GroupId: ec2Id('sg'), Id: ec2Id('sg') },
  },
  'AWS::EC2::VPCEndpoint': { maxLength: 128, ref: ec2Id('vpce'), attributes: { Id: ec2Id('vpce') } },
};

/** The names of one resource. `explicitName` is the resolved value of the type's own name property. */
export interface ResourceIdentity {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The property that names a resource of this type, if it has one. */
export function namePropertyOf(type: string): string | undefined {
  return type === 'AWS::IAM::Role'
    ? 'RoleName'
    : type === 'AWS::IAM::ManagedPolicy'
      ? 'ManagedPolicyName'
      : kinds[type]?.nameProperty;
}

/** The identity of a resource, or undefined for a type whose names are not known here. */
export function identify(
  type: string,
  stack: string,
  logicalId: string,
  explicitName: string | undefined,
  path: string,
): ResourceIdentity | undefined {
  if (type === 'AWS::IAM::Role' || type === 'AWS::IAM::ManagedPolicy') {
    const isRole = type === 'AWS::IAM::Role';
    const name = explicitName ?? generatedName(stack, logicalId, isRole ? 64 : 128, false);
    const arn = `arn:${partition}:iam::${accountId}:${isRole ? 'role' : 'policy'}${path}${name}`;
    return isRole
      ? { name, ref: name, attributes: { Arn: arn, RoleId: `AROA${shortId(name).toUpperCase().padEnd(17, 'X')}` } }
      : { name, ref: arn, attributes: { PolicyArn: arn } };
  }
  const kind = kinds[type];
  if (kind === undefined) return undefined;
  const name = explicitName ?? generatedName(stack, logicalId, kind.maxLength, kind.lowerCase === true);
  const attributes = Object.entries(kind.attributes).map(([attribute, value]) => [attribute, value(name)] as const);
  return { name, ref: (kind.ref ?? same)(name), attributes: Object.fromEntries(attributes) };
}

/** `<stack>-<logicalId>` as CloudFormation does it, but the same on every start, so that seeds and commands can name it. */
function generatedName(stack: string, logicalId: string, maxLength: number, lowerCase: boolean): string {
  const whole = `${stack}-${logicalId}`;
  const name = lowerCase ? whole.toLowerCase() : whole;
  return name.length <= maxLength ? name : `${name.slice(0, maxLength - 9)}-${hash(name).slice(0, 8)}`;
}

function tableKind(): ResourceKind {
  const table = regional('dynamodb', (name) => `table/${name}`);
  return {
    nameProperty: 'TableName',
    maxLength: 255,
    attributes: { Arn: table, StreamArn: (name) => `${table(name)}/stream/2026-01-01T00:00:00.000` },
  };
}

function keyId(name: string): string {
  return hash(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function userPoolId(name: string): string {
  return `${region}_${hash(name).slice(0, 9)}`;
}

function ec2Id(prefix: string): (name: string) => string {
  return (name) => `${prefix}-${hash(name).slice(0, 17)}`;
}

function shortId(name: string): string {
  return hash(name).slice(0, 10);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
