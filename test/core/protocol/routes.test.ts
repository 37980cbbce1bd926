import { describe, expect, it } from 'vitest';
import { findRoute } from '../../../core/protocol/routes.ts';

describe('routes', () => {
  it.each([
    ['/v1/credentials', { kind: 'credentials', methods: ['GET', 'POST'] }],
    ['/v1/credentials/documents', { kind: 'credentials', permissionSet: 'documents', methods: ['GET', 'POST'] }],
    ['/v1/identity', { kind: 'identity', methods: ['GET'] }],
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
    ])
      expect(findRoute(path)).toBeUndefined();
  });
});
