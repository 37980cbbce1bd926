import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSubject } from '../../core/subject.ts';
import { anyCharacter, codeOf } from './fixtures.ts';

describe('the subject', () => {
  it.each([
    'alice',
    'a/b',
    'a b',
    '日本',
    'auth0|123',
    'user+tag@example.com',
    's'.repeat(300),
    'a:b',
    '..',
    '*',
    '${aws:username}',
  ])('SEC-TEN-14 is kept as it is: %s', (subject) => {
    expect(parseSubject(subject)).toBe(subject);
  });

  it.each([undefined, null, '', 5, true, ['alice'], { sub: 'alice' }])('SEC-TEN-13 is refused: %s', (subject) => {
    expect(codeOf(() => parseSubject(subject))).toBe('token-invalid');
  });

  it.each(['x\n', '\r', 'a\0b', '\u001b', '\u007f', '\u0085', 'x\u009f', '\t'])(
    'SEC-TEN-14 is refused with a control character: %j',
    (subject) => {
      expect(codeOf(() => parseSubject(subject))).toBe('token-invalid');
    },
  );

  it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('is refused with half a character: %j', (subject) => {
    expect(codeOf(() => parseSubject(subject))).toBe('token-invalid');
  });

  it('comes back unchanged or not at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        let subject: string | undefined;
        try {
          subject = parseSubject(text);
        } catch {
          return;
        }
        expect(subject).toBe(text);
      }),
    );
  });
});
