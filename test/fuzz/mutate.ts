// New inputs out of old ones: flipped bytes, cut, doubled and spliced runs, and words that mean something to the parser.
import type { Random } from './random.ts';

/** Bytes that begin or end something in most of our grammars, and bytes that are no text at all. */
const telling = [
  0x00, 0x0a, 0x0d, 0x20, 0x22, 0x24, 0x25, 0x26, 0x2a, 0x2b, 0x2e, 0x2f, 0x3a, 0x3d, 0x3f, 0x5c, 0x7b, 0x7d, 0x80,
  0xc0, 0xff,
];

type Mutation = (bytes: Uint8Array, random: Random, words: readonly Uint8Array[], other: Uint8Array) => Uint8Array;

/** `bytes` with `length` bytes from `at` replaced. */
function replaced(bytes: Uint8Array, at: number, length: number, piece: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + length)]);
}

const place = (bytes: Uint8Array, random: Random): number => random.below(bytes.length + 1);
const run = (bytes: Uint8Array, random: Random): Uint8Array => {
  const at = place(bytes, random);
  return bytes.subarray(at, at + 1 + random.below(24));
};

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  (bytes, random) => replaced(bytes, place(bytes, random), 1, Uint8Array.of(random.pick(telling))),
  (bytes, random) => replaced(bytes, place(bytes, random), 0, Uint8Array.of(random.pick(telling))),
  (bytes, random) => replaced(bytes, place(bytes, random), 1 + random.below(16), new Uint8Array()),
  (bytes, random) => replaced(bytes, place(bytes, random), 0, run(bytes, random)),
  (bytes, random, words) => replaced(bytes, place(bytes, random), 0, random.pick(words)),
  (bytes, random, words) => replaced(bytes, place(bytes, random), 1 + random.below(8), random.pick(words)),
  (bytes, random, _, other) => replaced(bytes, place(bytes, random), random.below(16), run(other, random)),
  (bytes, random, _, other) =>
    Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]),
  // A long run of one thing: what finds quadratic work.
  (bytes, random, words) => {
    const piece = random.pick(words);
    return replaced(
      bytes,
      place(bytes, random),
      0,
      Buffer.concat(Array.from({ length: 1 + random.below(200) }, () => piece)),
    );
  },
];

/** One to four mutations of `bytes`, cut at `maxLength`. */
export function mutate(
  bytes: Uint8Array,
  other: Uint8Array,
  words: readonly Uint8Array[],
  maxLength: number,
  random: Random,
): Uint8Array {
  let mutant = bytes;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    // Long runs are rare, or everything would be long.
    const kinds = random.below(32) === 0 ? mutations.length : mutations.length - 1;
    mutant = mutations[random.below(kinds)]!(mutant, random, words, other);
  }
  return mutant.subarray(0, maxLength);
}
