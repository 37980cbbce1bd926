// The pieces that S3's answers are made of.
import { createHash } from 'node:crypto';
import type { LocalAccount } from '../../account.ts';
import type { HttpAnswer } from '../refusal.ts';
import { element, parent, xmlDocument, type Xml } from '../wire/xml.ts';
import type { Checksum } from './checksum.ts';
import { requestIds } from './errors.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** An XML answer. */
export function xmlAnswer(
  name: string,
  children: readonly Xml[],
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status: 200,
    headers: { ...requestIds(), 'content-type': 'application/xml', ...headers },
    body: xmlDocument(parent(name, children, namespace)),
  };
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { ...requestIds(), ...headers }, body: '' };
}

/** An entity tag with its quotes. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** A date as S3 writes it in XML. */
export function isoDate(time: number): string {
  return new Date(time).toISOString();
}

/** The account as the owner of everything. */
export function ownerElement(name: 'Owner' | 'Initiator', { accountId }: LocalAccount): Xml {
  return parent(name, [
    element('ID', createHash('sha256').update(accountId).digest('hex')),
    element('DisplayName', `account-${accountId}`),
  ]);
}

/** A checksum as elements. */
export function checksumElements(checksum: Checksum | undefined): readonly Xml[] {
  if (checksum === undefined) return [];
  return [element(`Checksum${checksum.algorithm}`, checksum.value), element('ChecksumType', checksum.type)];
}

/** Writes names of an answer: as they are, or percent-encoded where the caller asked for `encoding-type=url`. A space is
 * %20, which every client decodes. */
export function nameEncoder(encodeUrl: boolean): (name: string) => string {
  return (name) => (encodeUrl ? encodeURIComponent(name).replaceAll('%2F', '/') : name);
}
