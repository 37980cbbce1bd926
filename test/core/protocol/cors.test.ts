import { describe, expect, it } from 'vitest';
import { corsHeaders } from '../../../core/protocol/cors.ts';
import { configWith } from '../fixtures.ts';

describe('cross-origin headers', () => {
  it('have a default age, and name the methods of the route', () => {
    const config = configWith({ cors: { origins: ['https://app.example'] } });
    const request = {
      method: 'OPTIONS',
      path: '/',
      query: new Map(),
      headers: new Map([['origin', ['https://app.example']]]),
      body: new Uint8Array(),
      requestId: 'r',
    };
    expect(corsHeaders(config, request, ['GET'])).toMatchObject({
      'Access-Control-Allow-Methods': 'GET',
      'Access-Control-Max-Age': '600',
    });
    expect(corsHeaders(config, { ...request, method: 'GET' }, ['GET'])).toEqual({
      'Access-Control-Allow-Origin': 'https://app.example',
      'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After, WWW-Authenticate',
    });
  });
});
