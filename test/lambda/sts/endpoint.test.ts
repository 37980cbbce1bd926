// Which STS is asked: overrides, and the second Region.
import { describe, expect, it } from 'vitest';
import { fallbackStsEndpoint, overriddenStsEndpoint } from '../../../lambda/sts/endpoint.ts';

describe('overriddenStsEndpoint', () => {
  it('prefers the variable of the service, as AWS SDKs do, and takes an empty one for unset', () => {
    const both = { AWS_ENDPOINT_URL_STS: 'https://a.example', AWS_ENDPOINT_URL: 'https://b.example' };
    expect(overriddenStsEndpoint(both)).toBe('https://a.example');
    expect(overriddenStsEndpoint({ ...both, AWS_ENDPOINT_URL_STS: '' })).toBe('https://b.example');
    expect(overriddenStsEndpoint({ AWS_ENDPOINT_URL: '' })).toBeUndefined();
  });
});

describe('fallbackStsEndpoint', () => {
  it.each([
    ['eu-west-1', 'https://sts.eu-west-1.amazonaws.com'],
    ['us-gov-east-1', 'https://sts.us-gov-east-1.amazonaws.com'],
    ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn'],
    ['us-iso-west-1', 'https://sts.us-iso-west-1.c2s.ic.gov'],
    ['us-isob-east-1', 'https://sts.us-isob-east-1.sc2s.sgov.gov'],
    ['us-isof-south-1', 'https://sts.us-isof-south-1.csp.hci.ic.gov'],
    ['eu-isoe-west-1', 'https://sts.eu-isoe-west-1.cloud.adc-e.uk'],
    ['eusc-de-east-1', 'https://sts.eusc-de-east-1.amazonaws.eu'],
  ])('SEC-FLT-07 of %s is regional, in its own partition: %s', (region, endpoint) => {
    expect(fallbackStsEndpoint(region, 'us-east-1', {})).toEqual({ region, endpoint });
  });

  it('is none where none is configured or it is the first one again', () => {
    expect(fallbackStsEndpoint(undefined, 'us-east-1', {})).toBeUndefined();
    expect(fallbackStsEndpoint('us-east-1', 'us-east-1', {})).toBeUndefined();
  });

  it('is none beside a loopback endpoint: local mode never reaches the real STS', () => {
    expect(
      fallbackStsEndpoint('eu-west-1', 'us-east-1', { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4748' }),
    ).toBeUndefined();
    expect(
      fallbackStsEndpoint('eu-west-1', 'us-east-1', {
        AWS_ENDPOINT_URL_STS: 'https://vpce-1.sts.us-east-1.vpce.amazonaws.com',
      }),
    ).toBeDefined();
  });
});
