import { describe, expect, it } from 'vitest';
import { findRoute } from '../../../core/protocol/routes.ts';

describe('routes', () => {
  it.each([
    ['/v1/credentials', { kind: 'credentials', methods: ['GET', 'POST'] }],
    ['/v1/credentials/documents', { kind: 'credentials', permissionSet: 'documents', methods: ['GET', 'POST'] }],
    ['/v1/identity', { kind: 'identity', methods: ['GET'] }],
    ['/v1/explain', { kind: 'explain', methods: ['POST'] }],
    ['/sts', { kind: 'sts', methods: ['POST'] }],
    ['/sts/', { kind: 'sts', methods: ['POST'] }],
    ['/openapi.json', { kind: 'openapi', methods: ['GET'] }],
    // The name of a placeholder is a segment like any other, and no set has it.
    [
      '/v1/credentials/{permissionSet}',
      { kind: 'credentials', permissionSet: '{permissionSet}', methods: ['GET', 'POST'] },
    ],
    ['/healthz', { kind: 'health', methods: ['GET'] }],
    ['/.well-known/tvm-configuration', { kind: 'discovery', methods: ['GET'] }],
  ])('find %s', (path, route) => {
    expect(findRoute(path)).toEqual(route);
  });

  it('decode and normalise nothing', () => {
    expect(findRoute('/v1/credentials/%64ocuments')).toMatchObject({ permissionSet: '%64ocuments' });
    for (const path of [
      '/v1/./credentials',
      '/v1/credentials/',
      '/v1/credentials/a/../b',
      '/healthz?x',
      '/healthz\n',
      'v1/credentials',
      '/sts//',
      '/sts/x',
      '/STS',
      '/sts%2f',
      '//sts',
    ])
      expect(findRoute(path)).toBeUndefined();
  });
});
