// Which gateway a machine gets, and what stands before it. Chooses; the kinds themselves are next door.
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { TokenVendingMachineProps } from '../token-vending-machine-props.ts';
import { BroughtHttpApi } from './brought-http-api.ts';
import { CustomDomain } from './custom-domain.ts';
import type { VendingEndpoint } from './endpoint.ts';
import { HttpEndpoint, type EndpointProps } from './http-endpoint.ts';
import { RestEndpoint } from './rest-endpoint.ts';
import { WebAclProtection } from './web-acl.ts';

/** What the props do not say. */
export interface EndpointContext {
  readonly handler: IFunction;
  /** `/tvm`, or empty. */
  readonly basePath: string;
  readonly logRetention: RetentionDays;
}

/** A gateway and the address that callers use. */
export interface PublicEndpoint {
  readonly endpoint: VendingEndpoint;
  /** Ends with `/`. */
  readonly url: string;
  /** The domain in front of it, where there is one. */
  readonly domain?: CustomDomain;
}

/** True where only a REST API can do what is asked for.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html */
export function needsRestApi(props: TokenVendingMachineProps): boolean {
  return props.webAcl !== undefined || props.privateEndpoints !== undefined || props.resourcePolicy !== undefined;
}

/** The gateway in front of the alias, with its domain and web ACL. */
export function createEndpoint(
  scope: Construct,
  props: TokenVendingMachineProps,
  context: EndpointContext,
): PublicEndpoint {
  const { handler, basePath } = context;
  if (props.api !== undefined) {
    const endpoint = new BroughtHttpApi(scope, 'BroughtApi', { api: props.api, handler, basePath });
    return { endpoint, url: endpoint.url };
  }
  const settings: EndpointProps = {
    handler,
    throttlingRateLimit: props.throttlingRateLimit ?? 100,
    throttlingBurstLimit: props.throttlingBurstLimit ?? 200,
    logRetention: context.logRetention,
    // One address to watch and to protect.
    disableExecuteApiEndpoint: props.domainName !== undefined,
    ...(props.accessLog === undefined ? {} : { accessLog: props.accessLog }),
    ...(props.logEncryptionKey === undefined ? {} : { logEncryptionKey: props.logEncryptionKey }),
  };
  const endpoint = needsRestApi(props)
    ? createRestEndpoint(scope, props, settings)
    : new HttpEndpoint(scope, 'Http', settings);
  const { domainName, certificate, hostedZone } = props;
  if (domainName === undefined || certificate === undefined) return { endpoint, url: endpoint.url };
  const domain = new CustomDomain(scope, 'CustomDomain', {
    domainName,
    certificate,
    basePath,
    mapping: endpoint.mapping,
    stage: endpoint.stage,
    ...(hostedZone === undefined ? {} : { hostedZone }),
  });
  return { endpoint, url: domain.url, domain };
}

function createRestEndpoint(scope: Construct, props: TokenVendingMachineProps, settings: EndpointProps): RestEndpoint {
  const { webAcl, resourcePolicy, privateEndpoints = [] } = props;
  const endpoint = new RestEndpoint(scope, 'Rest', {
    ...settings,
    privateEndpoints,
    hasWebAcl: webAcl !== undefined,
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  });
  if (webAcl === undefined) return endpoint;
  new WebAclProtection(scope, 'WebAcl', {
    ...settings,
    webAcl,
    stageArn: endpoint.stage.stageArn,
    logging: props.webAclLogging ?? true,
  });
  return endpoint;
}
