// The HTTP API in front of the function: one route for everything, because the handler's own answers are the contract.
// Never caches, never answers CORS, and never logs a header, a query or a body.
import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { SynthError } from './errors.ts';

/** What the API is made of. */
export interface VendingApiProps {
  readonly handler: IFunction;
  readonly throttlingRateLimit: number;
  readonly throttlingBurstLimit: number;
  readonly logRetention: RetentionDays;
}

/** What an access log line may hold. `$context.path` is not here: a caller may put a token into a path. */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  status: '$context.status',
  routeKey: '$context.routeKey',
  httpMethod: '$context.httpMethod',
  sourceIp: '$context.identity.sourceIp',
  protocol: '$context.protocol',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
} as const;

/**
 * The API and its `$default` stage.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
 */
export class VendingApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, props: VendingApiProps) {
    super(scope, id);
    // `$default` and no other route: a 404 or 405 of the gateway's own would not be a refusal that SDKs can read.
    this.api = new HttpApi(this, 'Api', {
      description: 'Token vending machine',
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('Vend', props.handler),
    });
    this.accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttlingRateLimit, burstLimit: props.throttlingBurstLimit },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    acknowledge(
      this.api,
      'AwsSolutions-APIG4',
      'The route is where a token is exchanged: the handler verifies it strictly and itself, so that no gateway setting can switch verification off',
    );
    this.node.addValidation({ validate: () => validateAccessLog(this.stage) });
  }
}

/** Escape hatches reach the stage below; a format with a header or path in it would write tokens into a log. */
function validateAccessLog(stage: HttpStage): string[] {
  const settings = stage.node.children.find((child) => child instanceof CfnStage)?.accessLogSettings;
  const format: unknown =
    typeof settings === 'object' && 'format' in settings ? stage.stack.resolve(settings.format) : undefined;
  if (typeof format !== 'string') return [];
  const allowed = new Set<string>(Object.values(accessLogFields));
  const odd = (format.match(/\$[A-Za-z][A-Za-z0-9._-]*/g) ?? []).filter((field) => !allowed.has(field));
  if (odd.length === 0) return [];
  const { message } = new SynthError('TvmLogFormat', {
    what: 'The access log would hold what a caller sent',
    got: odd.join(', '),
    allowed: [...allowed].join(', '),
    fix: 'leave the access log format as the construct sets it',
  });
  return [message];
}
