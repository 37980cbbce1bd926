// Where STS is. Regional endpoints only: the global one gives session tokens that Regions to be opted into do not accept, and
// it is one Region's outage away from none.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
import type { Environment } from '../../core/references.ts';
import { isLoopbackUrl } from '../../core/url.ts';

/** DNS suffixes of partitions by how their Regions' names begin; the others are `aws` and `aws-us-gov`.
 * @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const suffixes: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eusc-', 'amazonaws.eu'],
];

/** The endpoint that the environment puts in place of the Region's own, as AWS SDKs read it; undefined where it puts none. */
export function overriddenStsEndpoint(environment: Environment): string | undefined {
  return [environment['AWS_ENDPOINT_URL_STS'], environment['AWS_ENDPOINT_URL']].find(
    (url) => url !== undefined && url !== '',
  );
}

/** The Region's own endpoint, of FIPS 140 cryptography where the environment asks for it as AWS SDKs read it.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html */
export function regionalStsEndpoint(region: string, environment: Environment): string {
  const [, suffix = 'amazonaws.com'] = suffixes.find(([prefix]) => region.startsWith(prefix)) ?? [];
  // In GovCloud the regular endpoints are the FIPS ones.
  const isFips = environment['AWS_USE_FIPS_ENDPOINT']?.toLowerCase() === 'true' && !region.startsWith('us-gov-');
  return `https://sts${isFips ? '-fips' : ''}.${region}.${suffix}`;
}

/** The second endpoint to ask, or undefined where there is none to ask: none is configured, it is the first one again, or the
 * first is on loopback, where development tokens must never reach the real STS. */
export function fallbackStsEndpoint(
  fallbackRegion: string | undefined,
  region: string,
  environment: Environment,
): { readonly region: string; readonly endpoint: string } | undefined {
  if (fallbackRegion === undefined || fallbackRegion === region) return undefined;
  const override = overriddenStsEndpoint(environment);
  if (override !== undefined && isLoopbackUrl(override)) return undefined;
  return { region: fallbackRegion, endpoint: regionalStsEndpoint(fallbackRegion, environment) };
}
