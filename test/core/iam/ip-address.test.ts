import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInRange } from '../../../core/iam/ip-address.ts';

describe('address ranges', () => {
  it('agree with arithmetic on IPv4', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(32), (address, network, prefix) => {
        const text = (bits: number): string =>
          [24, 16, 8, 0].map((shift) => String(Math.floor(bits / 2 ** shift) % 256)).join('.');
        const size = 2 ** (32 - prefix);
        expect(isInRange(text(address), `${text(network)}/${prefix}`)).toBe(
          Math.floor(address / size) === Math.floor(network / size),
        );
      }),
    );
  });

  it('tell apart the two families', () => {
    expect(isInRange('203.0.113.1', '::/0')).toBe(false);
    expect(isInRange('::1', '0.0.0.0/0')).toBe(false);
  });

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '1:',
    ':1',
  ])('do not decide on the address "%s"', (address) => {
    expect(isInRange(address, '0.0.0.0/0')).toBeUndefined();
  });

  it.each(['', '1.2.3.4/', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/a', '1.2.3.4/8/8', '::/129', '/8', '1.2.3.4/1e1'])(
    'do not decide on the range "%s"',
    (range) => {
      expect(isInRange('1.2.3.4', range)).toBeUndefined();
    },
  );
});
