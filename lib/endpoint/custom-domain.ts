// A custom domain in front of the gateway: domain, mapping and alias records. The base path that the gateway maps is the one that
// the handler strips; both come from one value.
import { CfnApiMapping, DomainName, IpAddressType, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AaaaRecord, ARecord, RecordTarget, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct, type IConstruct } from 'constructs';

/** What the domain is made of. */
export interface CustomDomainProps {
  readonly domainName: string;
  readonly certificate: ICertificate;
  /** `/tvm`, or empty. */
  readonly basePath: string;
  readonly mapping: { readonly apiId: string; readonly stageName: string };
  /** The stage, which must exist before it is mapped to: `$default` is a name, not a reference. */
  readonly stage: IConstruct;
  /**
   * The zone that gets the alias records.
   * @default - none: the records are yours to make
   */
  readonly hostedZone?: IHostedZone;
}

/**
 * The domain, regional and TLS 1.2; for HTTP and REST APIs alike.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
 */
export class CustomDomain extends Construct {
  readonly domain: DomainName;
  /** `https://<domain>/<base path>/`. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CustomDomainProps) {
    super(scope, id);
    const { domainName, certificate, basePath, mapping, hostedZone } = props;
    this.domain = new DomainName(this, 'Domain', {
      domainName,
      certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
      // Without it the AAAA record below would lead nowhere.
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    // The L2 mapping takes HTTP and WebSocket APIs only.
    const created = new CfnApiMapping(this, 'Mapping', {
      domainName: this.domain.name,
      apiId: mapping.apiId,
      stage: mapping.stageName,
      ...(basePath === '' ? {} : { apiMappingKey: basePath.slice(1) }),
    });
    created.node.addDependency(props.stage);
    this.url = `https://${domainName}${basePath}/`;
    if (hostedZone === undefined) return;
    const { regionalDomainName, regionalHostedZoneId } = this.domain;
    const target = RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId));
    const record = { zone: hostedZone, recordName: `${domainName}.`, target };
    new ARecord(this, 'Alias', record);
    new AaaaRecord(this, 'AliasIpv6', record);
  }
}
