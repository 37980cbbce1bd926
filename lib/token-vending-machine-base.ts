// What every machine offers other constructs, whether this app makes it or another one did: its address, its roles, grants and
// metrics. Holds nothing that could change a machine.
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { SynthError } from './errors.ts';
import { vendingMetric, type VendingMetric } from './metrics.ts';
import type { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';

/** A machine of this app or of another one. */
export interface ITokenVendingMachine extends IConstruct {
  /** The address of the API, ending with `/`. */
  readonly url: string;
  readonly grants: TokenVendingMachineGrants;
  /** The tenant access role of a permission set: what `AWS_ROLE_ARN` names on the STS route. */
  tenantAccessRole(permissionSet: string): IRole;
  metric(name: VendingMetric, options?: MetricOptions): Metric;
  metricVended(permissionSet?: string, options?: MetricOptions): Metric;
  metricRefused(code?: string, options?: MetricOptions): Metric;
  metricLatency(options?: MetricOptions): Metric;
  metricStsLatency(options?: MetricOptions): Metric;
  metricStsThrottled(options?: MetricOptions): Metric;
  metricPackedPolicySize(permissionSet?: string, options?: MetricOptions): Metric;
  metricJwksFailures(options?: MetricOptions): Metric;
  metricCacheHits(options?: MetricOptions): Metric;
  metricColdStarts(options?: MetricOptions): Metric;
}

/** The metrics of a machine and the look-up of its roles. */
export abstract class TokenVendingMachineBase extends Construct implements ITokenVendingMachine {
  abstract readonly url: string;
  abstract readonly grants: TokenVendingMachineGrants;
  protected abstract readonly tenantAccessRoles: ReadonlyMap<string, IRole>;

  /** The tenant access role of a permission set: what `AWS_ROLE_ARN` names on the STS route.
   * @throws SynthError `TvmPermissionSetInvalid` */
  tenantAccessRole(permissionSet: string): IRole {
    const role = this.tenantAccessRoles.get(permissionSet);
    if (role !== undefined) return role;
    throw new SynthError(
      'TvmPermissionSetInvalid',
      {
        what: 'There is no such permission set',
        got: permissionSet,
        allowed: [...this.tenantAccessRoles.keys()].join(', ') || 'none',
        fix: 'use the name of one of permissionSets',
      },
      this,
    );
  }

  /** A metric of the function, over all machines of the account and Region. */
  metric(name: VendingMetric, options: MetricOptions = {}): Metric {
    return vendingMetric(name, {}, options);
  }

  /** Vends, of one permission set where it is named. */
  metricVended(permissionSet?: string, options: MetricOptions = {}): Metric {
    return vendingMetric('Vended', ofPermissionSet(permissionSet), options);
  }

  /** Refusals, of one code where it is named. */
  metricRefused(code?: string, options: MetricOptions = {}): Metric {
    return vendingMetric('Refused', code === undefined ? {} : { code }, options);
  }

  /** Time of a vend, milliseconds. */
  metricLatency(options: MetricOptions = {}): Metric {
    return this.metric('Latency', options);
  }

  /** Time of the AssumeRole call, milliseconds. */
  metricStsLatency(options: MetricOptions = {}): Metric {
    return this.metric('StsLatency', options);
  }

  /** Answers of STS that said to come back later. */
  metricStsThrottled(options: MetricOptions = {}): Metric {
    return this.metric('StsThrottled', options);
  }

  /** How full policies and tags made the packed session policy, percent. */
  metricPackedPolicySize(permissionSet?: string, options: MetricOptions = {}): Metric {
    return vendingMetric('PackedPolicySize', ofPermissionSet(permissionSet), options);
  }

  /** Fetches of an issuer's keys that failed. */
  metricJwksFailures(options: MetricOptions = {}): Metric {
    return this.metric('JwksFailures', options);
  }

  /** Vends answered from the credential cache. */
  metricCacheHits(options: MetricOptions = {}): Metric {
    return this.metric('CacheHits', options);
  }

  /** Requests that waited for a start of the function. */
  metricColdStarts(options: MetricOptions = {}): Metric {
    return this.metric('ColdStart', options);
  }
}

function ofPermissionSet(name: string | undefined): Readonly<Record<string, string>> {
  return name === undefined ? {} : { permission_set: name };
}
