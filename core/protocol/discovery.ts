// The document at /.well-known/tvm-configuration: what a client needs to find its way. Never a key, a role or a policy, and only
// relative paths, so that no Host header can point clients elsewhere.
import type { VendingConfig } from '../config.ts';
import { sts } from '../limits.ts';

/** Describes the machine to clients, before they have a token. */
export function discoveryDocument(config: VendingConfig): unknown {
  return {
    credentials_endpoint: '/v1/credentials',
    sts_endpoint: '/sts',
    identity_endpoint: '/v1/identity',
    ...(config.explain ? { explain_endpoint: '/v1/explain' } : {}),
    openapi_endpoint: '/openapi.json',
    issuers: config.issuers.map(({ issuer, audiences, algorithms }) => ({ issuer, audiences, algorithms })),
    protocols: ['container-credentials', 'sts-web-identity'],
    token_methods: ['authorization-header', 'web-identity-token'],
    duration_seconds: {
      default: config.session.durationSeconds,
      minimum: sts.minSessionSeconds,
      maximum: sts.maxChainedSessionSeconds,
    },
  };
}
