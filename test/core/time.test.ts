import { describe, expect, it } from 'vitest';
import { formatTime } from '../../core/time.ts';

describe('times', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1_795_298_645, '2026-11-21T22:04:05Z'],
    [1_795_298_645.999, '2026-11-21T22:04:05Z'],
    [253_402_300_799, '9999-12-31T23:59:59Z'],
  ])('%d is written %s: UTC, whole seconds, literal Z', (seconds, text) => {
    expect(formatTime(seconds)).toBe(text);
  });
});
