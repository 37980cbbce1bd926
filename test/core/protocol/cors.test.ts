import { describe, expect, it } from 'vitest';
import { corsHeaders } from '../../../core/protocol/cors.ts';
import { configWith } from '../fixtures.ts';

describe('cross-origin headers', () => {
  const config = configWith({ cors: { origins: ['https://app.example'] } });
  const request = {
    method: 'OPTIONS',
    path: '/',
    query: new Map(),
    headers: new Map([['origin', ['https://app.example']]]),
    body: new Uint8Array(),
    requestId: 'r',
  };
  const health = { kind: 'health', methods: ['GET'] } as const;

  it('have a default age, and name the methods of the route', () => {
    expect(corsHeaders(config, request, health)).toMatchObject({
      'Access-Control-Allow-Methods': 'GET',
      'Access-Control-Max-Age': '600',
    });
    expect(corsHeaders(config, { ...request, method: 'GET' }, health)).toEqual({
      'Access-Control-Allow-Origin': 'https://app.example',
      'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After, WWW-Authenticate',
    });
  });

  it('name no method where there is no route', () => {
    expect(corsHeaders(config, request, undefined)).toMatchObject({ 'Access-Control-Allow-Methods': '' });
  });

  it('let an AWS SDK in a browser through to the STS route, with what it adds and reads', () => {
    const sts = { kind: 'sts', methods: ['POST'] } as const;
    expect(corsHeaders(config, request, sts)).toMatchObject({
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Content-Type, Accept, amz-sdk-invocation-id, amz-sdk-request, x-amz-user-agent',
    });
    expect(corsHeaders(config, { ...request, method: 'POST' }, sts)).toMatchObject({
      'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After, x-amzn-requestid',
    });
  });
});
