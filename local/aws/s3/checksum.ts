// The checksums S3 takes: computed over a whole body, in base64. Pure.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** S3's names of the algorithms. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** A checksum of an object or a part; composite ones end with the number of parts. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

const bytesOf: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** Narrows to the name of an algorithm. */
export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(bytesOf, name);
}

/** The header that carries a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** All checksum headers, by algorithm. */
export const checksumHeaders: ReadonlyMap<string, ChecksumAlgorithm> = new Map(
  Object.keys(bytesOf)
    .filter(isChecksumAlgorithm)
    .map((algorithm) => [checksumHeader(algorithm), algorithm]),
);

/** True where a value has the length of the algorithm's digest, in base64. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === bytesOf[algorithm] && bytes.toString('base64') === value;
}

/** The digest of a body. */
export function digest(algorithm: ChecksumAlgorithm, body: Buffer): Buffer {
  switch (algorithm) {
    case 'CRC32':
      return fromUint32(crc32(body));
    case 'CRC32C':
      return fromUint32(crc32c(body));
    case 'CRC64NVME':
      return crc64nvme(body);
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase()).update(body).digest();
  }
}

function fromUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function crc32c(body: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of body) crc = (crc >>> 8) ^ castagnoli[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

// 64 bits as two halves: BigInt would take a second for a 5 MiB part.
const nvmeHigh = new Uint32Array(256);
const nvmeLow = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  nvmeHigh[byte] = Number(crc >> 32n);
  nvmeLow[byte] = Number(crc & 0xffffffffn);
}

function crc64nvme(body: Buffer): Buffer {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of body) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ nvmeLow[index]!;
    high = (high >>> 8) ^ nvmeHigh[index]!;
  }
  return Buffer.concat([fromUint32(~high), fromUint32(~low)]);
}
