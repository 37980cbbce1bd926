// A web ACL before a REST API's stage, and its log. A web ACL reads headers and bodies, where tokens are; what it writes down of
// them is closed here: the log redacts, and an ACL of this app must protect the data it keeps.
import { Annotations, ArnFormat, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation, type IWebACLRef } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { SynthError } from '../errors.ts';
import { renderedProperties } from '../rendered-properties.ts';
import { createLogGroup, type LogSettings } from '../vending-log.ts';

/** What the protection is made of. */
export interface WebAclProtectionProps extends LogSettings {
  readonly webAcl: IWebACLRef;
  /** ARN of the stage. */
  readonly stageArn: string;
  /** Whether to log what the ACL decides. */
  readonly logging: boolean;
}

/** AWS WAF takes log groups of this prefix only.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html */
export const webAclLogPrefix = 'aws-waf-logs-';

/** Fields that hold a token: `authorization` on every route, the body on `/sts`, and a query where a caller errs.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-masking.html */
const protectedFields = [
  { fieldType: 'SINGLE_HEADER', fieldKeys: ['authorization'] },
  { fieldType: 'BODY' },
  { fieldType: 'QUERY_STRING' },
] as const;

/** Data protection for a web ACL in front of a machine: neither its log nor its sampled requests hold a token.
 * `new CfnWebACL(this, 'Acl', { dataProtectionConfig: webAclDataProtection(), … })` */
export function webAclDataProtection(): CfnWebACL.DataProtectionConfigProperty {
  return {
    dataProtections: protectedFields.map((field) => ({
      action: 'SUBSTITUTION',
      field: { fieldType: field.fieldType, ...('fieldKeys' in field ? { fieldKeys: [...field.fieldKeys] } : {}) },
      // Matches of rules quote what matched.
      excludeRuleMatchDetails: false,
      excludeRateBasedDetails: false,
    })),
  };
}

/** The association with the stage, and the log. */
export class WebAclProtection extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProtectionProps) {
    super(scope, id);
    const { webAcl } = props;
    const { webAclArn } = webAcl.webAclRef;
    new CfnWebACLAssociation(this, 'Association', { webAclArn, resourceArn: props.stageArn });
    if (props.logging) {
      const logGroupName = `${webAclLogPrefix}${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}`;
      const log = createLogGroup(this, 'Log', props, RemovalPolicy.DESTROY, logGroupName);
      new CfnLoggingConfiguration(this, 'Logging', {
        resourceArn: webAclArn,
        // Without the `:*` of logGroupArn, which AWS WAF refuses.
        logDestinationConfigs: [
          Stack.of(this).formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: log.logGroupName,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
        redactedFields: [
          { singleHeader: { Name: 'authorization' } },
          { singleHeader: { Name: 'cookie' } },
          { queryString: {} },
        ],
      });
    }
    this.node.addValidation({ validate: () => validate(webAcl) });
    if (!(webAcl instanceof CfnWebACL)) {
      Annotations.of(this).addWarningV2(
        'token-vending-machine:imported-web-acl',
        'The web ACL is imported, so what it keeps of requests is yours to check: protect the header authorization, the body and the query string in its data protection settings.',
      );
    }
  }
}

function validate(webAcl: IWebACLRef): string[] {
  const loggings = webAcl.node.root.node
    .findAll()
    .filter((one) => one instanceof CfnLoggingConfiguration)
    .filter((one) => isSame(renderedProperties(one)['ResourceArn'], one.stack.resolve(webAcl.webAclRef.webAclArn)));
  const open = loggings.filter((logging) => !redactsAuthorization(logging));
  const issues = open.map((logging) =>
    refuse(
      logging,
      'a logging configuration without it',
      'add { singleHeader: { Name: "authorization" } } to redactedFields',
    ),
  );
  if (webAcl instanceof CfnWebACL) issues.push(...validateAcl(webAcl));
  return issues.map(({ report }) => report);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function redactsAuthorization(logging: CfnLoggingConfiguration): boolean {
  const fields = renderedProperties(logging)['RedactedFields'] ?? [];
  return /"SingleHeader":\{"Name":"authorization"\}/i.test(JSON.stringify(fields));
}

function validateAcl(webAcl: CfnWebACL): readonly SynthError[] {
  const { Scope: aclScope, DataProtectionConfig: config } = renderedProperties(webAcl);
  if (aclScope !== 'REGIONAL') {
    const text = {
      what: 'The web ACL cannot stand before an API stage',
      got: `scope ${JSON.stringify(aclScope)}`,
      allowed: 'REGIONAL',
      fix: 'create it with scope REGIONAL in the Region of the API',
    };
    return [new SynthError('TvmOptionInvalid', text, webAcl)];
  }
  const { DataProtections: protections = [] } = (config ?? {}) as { readonly DataProtections?: readonly Protection[] };
  const open = protectedFields.filter((field) => !protections.some((one) => protects(one, field)));
  return open.map(({ fieldType }) =>
    refuse(webAcl, `no protection of ${fieldType}`, 'set dataProtectionConfig: webAclDataProtection()'),
  );
}

/** One entry of the rendered data protection. */
interface Protection {
  readonly Field?: { readonly FieldType?: string; readonly FieldKeys?: readonly string[] };
  readonly ExcludeRuleMatchDetails?: unknown;
}

function protects(protection: Protection, field: (typeof protectedFields)[number]): boolean {
  const { FieldType: type, FieldKeys: keys } = protection.Field ?? {};
  if (type !== field.fieldType || (protection.ExcludeRuleMatchDetails ?? false) !== false) return false;
  // No keys: all of them.
  return keys === undefined || ('fieldKeys' in field && keys.some((key) => key.toLowerCase() === field.fieldKeys[0]));
}

function refuse(at: Construct, got: string, fix: string): SynthError {
  return new SynthError(
    'TvmGatewayRecordsSecrets',
    {
      what: 'The web ACL would write tokens into its log or its sampled requests',
      got,
      allowed: 'the header authorization, the body and the query string protected',
      fix,
    },
    at,
  );
}
