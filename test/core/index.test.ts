import { describe, expect, it } from 'vitest';
import * as core from '../../core/index.ts';

describe('token-vending-machine/core', () => {
  it('exports the functions of the contract', () => {
    for (const name of ['parseVendingConfig', 'parseTenantId', 'renderSessionPolicy', 'evaluate'] as const)
      expect(core[name]).toBeTypeOf('function');
  });

  it('has no default export', () => {
    expect(core).not.toHaveProperty('default');
  });
});
