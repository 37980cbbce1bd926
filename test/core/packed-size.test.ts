import { describe, expect, it } from 'vitest';
import { estimatePackedPercent } from '../../core/packed-size.ts';

describe('the packed size estimate', () => {
  it('is a whole percentage that grows with policy and tags', () => {
    const tags = [{ key: 'TenantId', value: 'acme' }];
    const empty = estimatePackedPercent({ characters: 0, tags: [] });
    const policy = estimatePackedPercent({ characters: 1000, tags: [] });
    const both = estimatePackedPercent({ characters: 1000, tags });
    expect(empty).toBe(0);
    expect(policy).toBeGreaterThan(empty);
    expect(both).toBeGreaterThan(policy);
    expect(Number.isInteger(both)).toBe(true);
  });
});
